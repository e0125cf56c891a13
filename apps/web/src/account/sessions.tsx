import { LocalTime } from '#frame/local-time.tsx';
import { browserName } from './browser-name.ts';
import { SignOut } from './sign-out.tsx';

interface SessionsProps {
  readonly sessions: readonly {
    readonly id: string;
    readonly userAgent: string | null;
    readonly signedInAt: Date;
    readonly isThis: boolean;
  }[];
}

export function Sessions({ sessions }: SessionsProps) {
  return (
    <section className="grid gap-4">
      <h2 className="text-title">Where you are signed in</h2>
      <ul className="lines">
        {sessions.map(({ id, userAgent, signedInAt, isThis }) => {
          const name = browserName(userAgent);
          return (
            <li key={id} className="flex flex-wrap items-center justify-between gap-3 py-3">
              <div>
                <p>
                  {name}
                  {isThis && ', this browser'}
                </p>
                <p className="text-ink-2 text-small">
                  since <LocalTime at={signedInAt} as="day" />
                </p>
              </div>
              {!isThis && <SignOut session={{ id, name }} />}
            </li>
          );
        })}
      </ul>
      <p className="text-ink-2 text-small">
        Do you not know one of them? Sign out everywhere, and choose a new password when you sign in again.
      </p>
      <p>
        <SignOut everywhere />
      </p>
    </section>
  );
}
