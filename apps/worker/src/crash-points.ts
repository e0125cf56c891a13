/** Ends this process at the named point as a power cut would, so that tests can see who finishes its work. */
export function crashAt(wanted: string | undefined): ((point: string) => void) | undefined {
  if (wanted === undefined) return undefined;
  return (point) => {
    if (point === wanted) process.kill(process.pid, 'SIGKILL');
  };
}
