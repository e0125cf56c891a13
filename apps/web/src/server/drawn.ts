/** Cards are some hundred milliseconds of work and some ten kilobytes: a few are kept, and one is drawn once at a time. */
const MOST = 50;
const drawn = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

export function cached(name: string, draw: () => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  const known = drawn.get(name);
  if (known) return known;
  const drawing = draw();
  drawn.set(name, drawing);
  drawing.catch(() => drawn.delete(name));
  const [oldest] = drawn.keys();
  if (drawn.size > MOST && oldest !== undefined) drawn.delete(oldest);
  return drawing;
}
