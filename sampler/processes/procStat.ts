/** The line of `/proc/PID/stat` and `/proc/PID/task/TID/stat`. */

/** The kernel reports times to programs in hundredths of a second on every architecture. */
export const tickMs = 10;

export interface ProcStat {
  /** One letter: R runs, S sleeps, D waits for a device, Z is dead but not collected. */
  readonly state: string;
  readonly parentPid: number;
  readonly sessionId: number;
  readonly cpuMs: number;
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Null when the text is not such a line. The name in brackets may itself hold brackets and blanks. */
export function parseProcStat(text: string): ProcStat | null {
  const end = text.lastIndexOf(')');
  if (end < 0) return null;
  const fields = text.slice(end + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  const state = fields[0];
  if (state === undefined || fields.length < 22) return null;
  return {
    state,
    parentPid: number(1),
    sessionId: number(3),
    cpuMs: (number(11) + number(12)) * tickMs,
    startTicks: number(19),
    residentPages: number(21),
  };
}
