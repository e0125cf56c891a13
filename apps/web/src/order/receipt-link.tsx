'use client';
import { useRouter } from 'next/navigation';
import { type MouseEvent, useRef, useState } from 'react';
import { api } from '#trpc/client.ts';

interface ReceiptLinkProps {
  readonly orderId: string;
  readonly url: string;
  /** Which of the order's links it is. */
  readonly linksEnded: number;
}

/** The link that opens this receipt anywhere, to be copied, and to be ended where it went to somebody it should not. */
export function ReceiptLink({ orderId, url, linksEnded }: ReceiptLinkProps) {
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');

  async function copy() {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(url);
      setSaid('Copied.');
    } catch {
      // Not allowed here, or not encrypted: it is selected, and the keyboard copies it.
      setSaid('The link is selected: copy it with the keyboard.');
    }
  }

  function showNext() {
    setSaid('The old link opens nothing any more. This is the new one.');
    // The button that was pressed is gone with its link.
    field.current?.focus();
  }

  return (
    <section className="grid gap-3 print:hidden">
      <h2 className="text-title">A link to this receipt</h2>
      <p className="text-ink-2 text-small">
        {linksEnded === 0 && 'The same is in our mail to you. '}
        Whoever has it can read the receipt and its certificates, without an account, and change nothing.
      </p>
      <input
        ref={field}
        className="input"
        aria-label="Link to this receipt"
        value={url}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
      />
      <div className="flex flex-wrap items-center gap-3">
        <button type="button" className="btn btn-line btn-s" onClick={() => void copy()}>
          Copy the link
        </button>
        <EndLink key={linksEnded} orderId={orderId} linksEnded={linksEnded} say={setSaid} onEnded={showNext} />
      </div>
      <output className="block text-ink-2 text-small empty:hidden">{said}</output>
    </section>
  );
}

interface EndLinkProps extends Omit<ReceiptLinkProps, 'url'> {
  readonly say: (words: string) => void;
  readonly onEnded: () => void;
}

/** Asked twice: what was sent to people, and the shop's own mail, opens nothing afterwards. */
function EndLink({ orderId, linksEnded, say, onEnded }: EndLinkProps) {
  const router = useRouter();
  const [asked, setAsked] = useState(false);

  async function end(press: MouseEvent) {
    // The second half of a double click: that was no answer.
    if (press.detail > 1) return;
    try {
      // Pressed twice it is the same link, and ended once.
      await api.orders.endLink.mutate({ orderId, linksEnded });
      router.refresh();
      onEnded();
    } catch {
      say('We could not reach the shop. Ask again: until then the link may be as it was.');
    }
  }

  function ask() {
    setAsked(true);
    say('The link in our mail, and wherever else you sent it, will open nothing.');
  }

  return asked ? (
    <button type="button" className="link" onClick={(press) => void end(press)}>
      End it, and make another
    </button>
  ) : (
    <button type="button" className="link" onClick={ask}>
      End this link
    </button>
  );
}
