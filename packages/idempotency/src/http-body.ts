/** A body, counted as it arrives: a chunked one announces no length. @returns undefined when it is over `maxBytes`. */
export async function readWhole(
  { body, headers }: Pick<Request | Response, 'body' | 'headers'>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isOver = Number(headers.get('content-length') ?? 0) > maxBytes;
  while (!isOver) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, size);
    chunks.push(value);
    size += value.byteLength;
    isOver = size > maxBytes;
  }
  reader.cancel().catch(() => {}); // nobody needs to hear that the rest was thrown away
  return undefined;
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
