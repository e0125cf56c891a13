'use client';
import { useSyncExternalStore } from 'react';

/** Said where the browser tells us that it keeps none: without one, nobody has a cart. */
export function NoCookies() {
  const enabled = useSyncExternalStore(
    () => () => {},
    () => navigator.cookieEnabled,
    () => true,
  );
  return enabled ? null : <CartLost />;
}

/** What was added is not there: the cookie that says whose cart it is did not come back. */
export function CartLost() {
  return (
    <div className="notice care" role="alert">
      <span className="self-start font-bold text-care">!</span>
      <p>
        This browser refuses our cookie, so it cannot keep a cart. Allow cookies for this shop, then add the print
        again. Nobody else can buy that number for 10 minutes.
      </p>
    </div>
  );
}
