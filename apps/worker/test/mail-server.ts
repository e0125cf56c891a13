import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly url: string;
  /** Every message that was taken on, as it came. */
  readonly received: string[];
  /** Message-IDs of them. */
  ids(): string[];
  close(): Promise<void>;
}

/** A real SMTP server. `onMessage` runs before it answers: it may wait, or throw to refuse. */
export async function startMailServer(
  onMessage: (message: string) => Promise<void> | void = () => {},
): Promise<MailServer> {
  const received: string[] = [];
  /** @returns why it was refused */
  const take = async (arriving: Promise<string>): Promise<Error | undefined> => {
    try {
      const message = await arriving;
      await onMessage(message);
      received.push(message);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new TypeError(String(error));
    }
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, answer) => {
      void take(text(stream)).then(answer);
    },
  });
  server.on('error', () => {}); // clients that were killed
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the mail server has no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    ids: () => received.map((message) => /^Message-ID:\s+(\S+)$/im.exec(message)?.[1] ?? 'none'),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
