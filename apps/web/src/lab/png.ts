/** Pixels for each of the drawing: letters stay sharp where the picture is shown on a phone. */
const SCALE = 2;

/** A drawing as a file that everything can show. Nothing is asked of the server: what is drawn is on the page. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { promise, resolve, reject } = Promise.withResolvers<Blob>();
  canvas.toBlob(
    (blob) => (blob ? resolve(blob) : reject(new Error('the browser did not draw the picture'))),
    'image/png',
  );
  return await promise;
}
