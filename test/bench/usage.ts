/** Processor time and memory of a process, from /proc. */

import { readFileSync } from 'node:fs';

/** Ticks a second of the times in /proc; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

export interface Usage {
  /** User and system time, of its ended children too, seconds. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** The largest it has been. */
  readonly peakBytes: number;
}

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
  return {
    cpuSeconds: ticks / ticksPerSecond,
    residentBytes: bytes('VmRSS'),
    peakBytes: bytes('VmHWM'),
  };
}
