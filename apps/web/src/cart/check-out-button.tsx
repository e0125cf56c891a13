export function CheckOutButton({ busy, onPress }: { busy: boolean; onPress: () => Promise<void> }) {
  return (
    <button type="button" className="btn btn-full" aria-disabled={busy} aria-busy={busy} onClick={() => void onPress()}>
      Check out
    </button>
  );
}
