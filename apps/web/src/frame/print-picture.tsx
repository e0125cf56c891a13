const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  portrait: [300, 400],
  landscape: [400, 300],
  square: [340, 340],
};

/** Raise it with every change to how prints are drawn: browsers keep a picture for a year. */
export const DRAWN = '1';

export const sizeOf = (format: string): readonly [width: number, height: number] => SIZES[format] ?? [340, 340];

export const ratioOf = (format: string): number => {
  const [width, height] = sizeOf(format);
  return width / height;
};

interface PrintPictureProps {
  readonly slug: string;
  readonly format: string;
  /** Of this copy; without it, the proof. */
  readonly number?: number;
  /** Empty where a heading beside it says the same. */
  readonly alt?: string;
  readonly eager?: boolean;
  /** What it is framed in. */
  readonly frame?: string | null;
}

export function PrintPicture({ slug, format, number, alt = '', eager = false, frame = null }: PrintPictureProps) {
  const [width, height] = sizeOf(format);
  return (
    // A drawing of a few kB that any size of screen gets unchanged: nothing for an optimizer to do.
    // oxlint-disable-next-line nextjs/no-img-element
    <img
      className={frame === null ? 'print' : `print in-${frame}`}
      src={`/art/${slug}.svg?v=${DRAWN}${number === undefined ? '' : `&copy=${number}`}`}
      alt={alt}
      width={width}
      height={height}
      loading={eager ? 'eager' : 'lazy'}
    />
  );
}
