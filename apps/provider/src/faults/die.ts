/** Kills this process as hard as a process can be killed: no handler runs, nothing is flushed. Never resolves. */
export function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  // The signal may arrive a moment later; until then nothing may go on.
  return new Promise(() => {});
}
