import { type Db, schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { escapeHtml } from './letter.ts';
import type { Mail } from './mailer.ts';

const { authUser, outbox } = schema;

export type AccountMailKind = 'confirm_email' | 'reset_password' | 'has_account';

interface AccountMail {
  readonly id: string;
  readonly email: string;
  readonly link: string;
  readonly createdAt: Date;
}

export class AccountMailError extends Error {
  override readonly name = 'AccountMailError';
  readonly code = 'ACCOUNT_MAIL_GONE';
}

/** @throws {AccountMailError} the account is gone, or another process has sent the mail and taken its link away */
export async function readAccountMail(
  db: Db,
  { userId, kind, subjectId }: { userId: string; kind: AccountMailKind; subjectId: string },
): Promise<AccountMail> {
  const [row] = await db
    .select({ email: authUser.email, link: outbox.link, createdAt: outbox.createdAt })
    .from(outbox)
    .innerJoin(authUser, eq(authUser.id, outbox.orderId))
    .where(and(eq(outbox.orderId, userId), eq(outbox.kind, kind), eq(outbox.subjectId, subjectId)));
  if (!row?.link) throw new AccountMailError(`account ${userId} has no mail ${kind} to send`);
  return { id: subjectId, ...row, link: row.link };
}

interface Words {
  readonly subject: string;
  readonly before: string;
  readonly after: string;
}

// Each may come to somebody who asked for nothing, so each says what to do then.
const WORDS: Readonly<Record<AccountMailKind, Words>> = {
  confirm_email: {
    subject: 'Confirm your address at Once',
    before: 'An account at Once was made with this address. Open this page and type the password that you chose:',
    after: 'The link works for an hour. If it was not you, do nothing: without you nobody can use the account.',
  },
  reset_password: {
    subject: 'A new password for Once',
    before: 'Choose a new password for your account at Once on this page:',
    after: 'The link works once, for an hour. If you did not ask for it, do nothing: your password stays as it is.',
  },
  has_account: {
    subject: 'You have an account at Once',
    before: 'Somebody wanted to make an account at Once with this address, which has one. To choose a new password:',
    after: 'If it was not you, do nothing: nothing was changed.',
  },
};

/** Pure: the same request gives the same mail. */
export function accountMail(
  kind: AccountMailKind,
  { id, email, link, createdAt }: AccountMail,
  publicUrl: string,
): Mail {
  const host = new URL(publicUrl).hostname;
  const { subject, before, after } = WORDS[kind];
  const name = `${id}.${kind.replace('_', '-')}`;
  return {
    name,
    messageId: `<${name}@${host}>`,
    from: { name: 'Once', address: `accounts@${host}` },
    to: { name: '', address: email },
    subject,
    text: [before, link, '', after, '', 'Once', ''].join('\n'),
    html: [
      '<!doctype html>',
      `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
      '<body style="margin:0;padding:32px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff">',
      `<p>${escapeHtml(before)}<br><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`,
      `<p>${escapeHtml(after)}</p>`,
      '<p style="color:#666">Once</p>',
      '</body></html>',
      '',
    ].join('\n'),
    date: createdAt,
  };
}
