/** Where whoever must sign in goes, to come back to this path. Slashes stay as they are, so that it can be read. */
export const signInFrom = (path: string): string => `/sign-in?next=${encodeURIComponent(path).replaceAll('%2F', '/')}`;
