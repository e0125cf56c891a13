/**
 * The address of a request, as Next and Postgres can take it: one answers an address that cannot be decoded with an error
 * before anything of ours has seen it, the other knows no text with a NUL. There each percent sign in the path stands for
 * itself, and such a page is not there.
 */
export function decodable(address: string): string {
  const [path = '', ...query] = address.split('?');
  return isText(path) ? address : [path.replaceAll('%', '%25'), ...query].join('?');
}

function isText(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}
