import type { Metadata } from 'next';
import { LetterRows } from '#admin/letter-rows.tsx';
import { DeskHead, DeskSection, Nothing } from '#admin/parts.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { readOutbox } from '#server/admin/letters.ts';

export const metadata: Metadata = { title: 'Mail' };

export default async function Mail() {
  const { shop } = await atDesk('/admin/mail');
  const { dead, waiting, deadCount, waitingCount } = await readOutbox(shop.db);
  return (
    <>
      <DeskHead title="Mail" />
      <div className="stack gap-10">
        <DeskSection title="Dead letters" count={deadCount}>
          {dead.length === 0 ? (
            <Nothing>None: every mail was sent, or will be tried again.</Nothing>
          ) : (
            <LetterRows letters={dead} />
          )}
        </DeskSection>
        <DeskSection title="Waiting" count={waitingCount}>
          {waiting.length === 0 ? <Nothing>None.</Nothing> : <LetterRows letters={waiting} />}
        </DeskSection>
      </div>
    </>
  );
}
