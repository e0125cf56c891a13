'use client';

export function PrintButton() {
  return (
    <button type="button" className="btn btn-line btn-s print:hidden" onClick={() => print()}>
      Print receipt
    </button>
  );
}
