/** What the checkout cannot do without, said where it is missing. */
export function NeedsScript() {
  return (
    <noscript>
      <div className="notice care mb-6">
        <span className="self-start font-bold text-care">!</span>
        <div>
          <h2 className="font-medium text-body">Paying needs JavaScript, which is off in this browser.</h2>
          <p>
            The number that keeps you from being charged twice is kept here before anything is sent. Switch JavaScript
            on and reload this page. Nothing was sent, and your prints are held meanwhile.
          </p>
        </div>
      </div>
    </noscript>
  );
}
