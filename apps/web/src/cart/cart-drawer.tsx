'use client';
import Link from 'next/link';
import { Dialog } from 'radix-ui';
import type { RefObject } from 'react';
import { money } from '#copy/money.ts';
import { Providers } from '#trpc/providers.tsx';
import { CartContents } from './cart-contents.tsx';
import { CheckOutButton } from './check-out-button.tsx';
import { CartLost } from './no-cookies.tsx';
import { useCart } from './use-cart.ts';

interface CartDrawerProps {
  /** What to say of the print that was added. */
  readonly added: string;
  readonly onClose: () => void;
  /** What opened it, and gets the focus back. */
  readonly opener: RefObject<HTMLElement | null>;
}

/** The cart beside the page, after a print was added. */
export function CartDrawer({ added, onClose, opener }: CartDrawerProps) {
  const giveBackFocus = (event: Event) => {
    event.preventDefault();
    opener.current?.focus();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="drawer" aria-describedby={undefined} onCloseAutoFocus={giveBackFocus}>
          <header className="flex items-center justify-between">
            <Dialog.Title className="text-title">Cart</Dialog.Title>
            <Dialog.Close className="btn btn-line btn-s">Close</Dialog.Close>
          </header>
          <Providers>
            <Drawn added={added} />
          </Providers>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Drawn({ added }: { added: string }) {
  const { cart, ...rest } = useCart();
  const cameEmpty = cart !== undefined && cart.lines.length === 0 && rest.done === undefined;
  return (
    <>
      <div className="overflow-y-auto">
        {!cameEmpty && <output className="block pb-3 text-small">{added}</output>}
        {cameEmpty && <CartLost />}
        {cart && <CartContents cart={cart} {...rest} />}
      </div>
      {cart && cart.lines.length > 0 && (
        <div className="grid gap-3 border-rule border-t pt-4">
          <dl className="sum font-medium">
            <dt>{cart.lines.length === 1 ? 'Print' : 'Prints'}</dt>
            <dd>{money(cart.totals.subtotalMinor, cart.totals.currency)}</dd>
          </dl>
          <CheckOutButton busy={rest.busy} onPress={rest.checkOut} />
          <Link href="/cart" className="p-1 text-center text-small">
            View cart
          </Link>
        </div>
      )}
    </>
  );
}
