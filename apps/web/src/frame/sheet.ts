const SHEETS: Readonly<Record<string, string>> = {
  portrait: '30 × 40 cm',
  landscape: '40 × 30 cm',
  square: '40 × 40 cm',
};

export const sheetOf = (format: string): string => SHEETS[format] ?? '';
