import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';

export interface Mail {
  /** Stable for one mail of one order, and fit for a file name. */
  readonly name: string;
  readonly messageId: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
}

export interface Mailer {
  /** Resolves when the mail was taken on by the server, or lies in its file. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** @param smtpUrl where mails go; undefined: into files in `folder` that a person can read */
export function openMailer({ smtpUrl, folder }: { smtpUrl: string | undefined; folder: string }): Mailer {
  return smtpUrl ? smtpMailer(smtpUrl) : fileMailer(folder);
}

// Shorter than the lease of a delivery (deliver.ts), all together.
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

function smtpMailer(url: string): Mailer {
  const transport = createTransport({ url, pool: true, maxConnections: 2, ...TIMEOUTS });
  return {
    send: async (mail) => {
      const { name: _name, ...message } = mail;
      // Content comes from the shop's own rows; nothing in it may make this process read a file or call an address.
      await transport.sendMail({ ...message, disableFileAccess: true, disableUrlAccess: true });
    },
    close: () => transport.close(),
  };
}

function fileMailer(folder: string): Mailer {
  return {
    send: async (mail) => {
      await mkdir(folder, { recursive: true });
      await writeWhole(join(folder, `${mail.name}.html`), mail.html);
      await writeWhole(join(folder, `${mail.name}.eml`), readable(mail));
    },
    close: () => {},
  };
}

/** Written beside and moved: whoever reads the folder never sees half a mail. */
async function writeWhole(file: string, content: string): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, content, { flush: true });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {}); // on a full disk each try would leave one
    throw error;
  }
}

/** As mail programs open it, but in letters: encoded as for the wire, nobody could read the file itself. */
function readable({ messageId, from, to, subject, date, text }: Mail): string {
  const headers = {
    'Message-ID': messageId,
    Date: date.toUTCString().replace('GMT', '+0000'),
    From: `${from.name} <${from.address}>`,
    To: to.name ? `${to.name} <${to.address}>` : to.address,
    Subject: subject,
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding': '8bit',
  };
  // A name with a line break in it must not become a header.
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/\p{Cc}+/gu, ' ')}`);
  return `${lines.join('\n')}\n\n${text}`;
}
