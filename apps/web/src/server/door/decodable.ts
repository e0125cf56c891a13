/**
 * The address of a request, as Next can decode it: it answers others with 500, before anything of ours has seen them. Where a
 * percent sign begins nothing that can be decoded, each in the path stands for itself, and such a page is not there.
 */
export function decodable(address: string): string {
  const [path = '', ...query] = address.split('?');
  try {
    decodeURIComponent(path);
    return address;
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?');
  }
}
