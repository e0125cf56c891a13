// What a frame is called, wherever a copy is named: on pages, in mails, on a certificate.
import type { Frame } from '@once/db/schema';

export type { Frame };

const WORDS: Readonly<Record<Frame, string>> = { oak: 'oak frame', black: 'black frame', white: 'white frame' };

/** How a copy is framed, in the middle of a sentence. */
export const frameWords = (frame: Frame): string => WORDS[frame];

/** The same where it stands alone: `Oak frame`. */
export const frameTitle = (frame: Frame): string => WORDS[frame].replace(/^./, (first) => first.toUpperCase());

/** `, oak frame` behind the name of a copy; nothing behind one that is sold as a sheet. */
export const framedAs = ({ frame }: { readonly frame: Frame | null }): string =>
  frame === null ? '' : `, ${frameWords(frame)}`;
