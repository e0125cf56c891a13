/** Instead of a card form that did not come. */
export function CardFormFailed({ onRetry }: { onRetry: () => void }) {
  return (
    <div className="notice care" role="alert">
      <span className="font-bold text-care">!</span>
      <div>
        <h3 className="font-medium text-body">The card form could not be loaded. Nothing can be charged without it.</h3>
        <p className="text-small">
          It comes from js.stripe.com. A broken connection or a content blocker may keep it away.
        </p>
        <button type="button" className="btn btn-line btn-s mt-2" onClick={onRetry}>
          Load the card form again
        </button>
      </div>
    </div>
  );
}
