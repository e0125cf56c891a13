/** A body, counted as it arrives: a chunked one announces no length. @returns undefined when it is over `maxBytes`. */
export async function readWhole(
  { body, headers }: Pick<Request | Response, 'body' | 'headers'>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  const announced = Number(headers.get('content-length') ?? 0);
  for (let over = announced > maxBytes; reader !== undefined; over = size > maxBytes) {
    if (over) {
      // Not awaited: nobody needs to hear that the rest was thrown away.
      reader.cancel().catch(() => {});
      return undefined;
    }
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.byteLength;
  }
  return joined(chunks, size);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
