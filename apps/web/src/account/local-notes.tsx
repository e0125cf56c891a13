import { LOCAL_STAFF_EMAIL } from '#env.ts';
import { LOCAL_STAFF_PASSWORD } from '#server/auth/local-staff.ts';

/** Only where nobody but whoever tries the shop can read it. */
export function LocalStaffNote() {
  return (
    <p className="text-ink-2 text-small">
      This shop runs on your machine alone. Its staff account is <span className="mono">{LOCAL_STAFF_EMAIL}</span> with
      the password <span className="mono">{LOCAL_STAFF_PASSWORD}</span>; it opens <span className="mono">/admin</span>.
    </p>
  );
}

export function LocalMailNote() {
  return (
    <p className="text-ink-2 text-small">
      This shop runs on your machine alone. Unless it was given a mail server, its mails are files in{' '}
      <span className="mono">.data/mail</span>.
    </p>
  );
}
