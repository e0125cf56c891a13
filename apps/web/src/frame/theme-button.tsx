'use client';

const YEAR_SECONDS = 31_536_000;

/** Kept in a cookie, so that the server sends the right theme and nothing flashes. */
export function ThemeButton() {
  function change() {
    const root = document.documentElement;
    const dark = root.dataset['theme']
      ? root.dataset['theme'] === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
    const theme = dark ? 'light' : 'dark';
    root.dataset['theme'] = theme;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = `once_theme=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
  }
  return (
    <button type="button" className="link" onClick={change}>
      Light / dark
    </button>
  );
}
