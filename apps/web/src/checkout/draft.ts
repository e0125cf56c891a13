// What was typed at the checkout, kept in this browser until it is bought: through a reload, Back, a closed tab, the end of
// a session, and from a checkout whose hold has ended to the next one. Never a card.

const PLACE = 'once.draft';
/** Whoever has not come back by then types it again: others may use this browser too. */
const KEPT_MS = 7 * 24 * 3_600_000;

type Values = Readonly<Record<string, string>>;

/** Adds these to what is kept. */
export function keepDraft(values: Values): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify({ keptAtMs: Date.now(), values: { ...draft(), ...values } }));
  } catch {
    // Without storage the browser's own form filling has to do.
  }
}

/** Keeps the form as it stands. */
export function keepForm(form: HTMLFormElement): void {
  const texts = [...new FormData(form)].flatMap(([name, value]) =>
    name === 'card' || typeof value !== 'string' ? [] : [[name, value] as const],
  );
  keepDraft(Object.fromEntries(texts));
}

/** Puts back what was typed before, where the page has not got something newer already. */
export function restoreForm(form: HTMLFormElement): void {
  const values = draft();
  for (const element of form.elements) {
    if (element instanceof HTMLInputElement && element.type === 'radio') {
      if (values[element.name] === element.value) element.checked = true;
    } else if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) {
      const value = values[element.name];
      const untouched = element instanceof HTMLSelectElement || element.value === element.defaultValue;
      if (value !== undefined && untouched) element.value = value;
    }
  }
}

export function draft(): Values {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE) ?? 'null');
    // By this browser's clock alone. Set right meanwhile, it forgets early or late, and no worse.
    return isDraft(kept) && Date.now() - kept.keptAtMs < KEPT_MS ? kept.values : {};
  } catch {
    return {};
  }
}

export function forgetDraft(): void {
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // It was never there.
  }
}

// Anything may stand in a browser's storage.
function isDraft(kept: unknown): kept is { readonly keptAtMs: number; readonly values: Values } {
  if (typeof kept !== 'object' || kept === null) return false;
  const { keptAtMs, values } = kept as Record<string, unknown>;
  if (typeof keptAtMs !== 'number' || typeof values !== 'object' || values === null) return false;
  return Object.values(values).every((value) => typeof value === 'string');
}
