/** What the main thread of a process does, read often and cheaply through kept descriptors. */

import { closeSync, openSync, readSync } from 'node:fs';
import { parseProcStat } from './procStat.ts';

export interface MainThreadSample {
  readonly timeMs: number;
  /** R runs, S sleeps, D waits for a device, T is stopped, Z is dead. */
  readonly state: string;
  /** Processor time of this thread alone, milliseconds. */
  readonly cpuMs: number;
  /** Time it was ready and waited for a processor, milliseconds; null when the kernel does not count it. */
  readonly readyMs: number | null;
  /** Bytes and calls of all reads, pipes and sockets among them; null when the kernel does not tell. */
  readonly readBytes: number | null;
  readonly readCalls: number | null;
}

export interface MainThreadWatch {
  readonly pid: number;
  /** Null once the process is gone. */
  sample(timeMs: number): MainThreadSample | null;
  close(): void;
}

/** Null where the system has no `/proc` or the process is gone. */
export function watchMainThread(pid: number): MainThreadWatch | null {
  const stat = tryOpen(`/proc/${pid}/task/${pid}/stat`);
  if (stat === null) return null;
  const io = tryOpen(`/proc/${pid}/task/${pid}/io`);
  // The scheduler's own count has nanoseconds, the line of `stat` only hundredths of a second.
  const schedule = tryOpen(`/proc/${pid}/task/${pid}/schedstat`);
  const buffer = Buffer.allocUnsafe(1024);
  return {
    pid,
    sample(timeMs) {
      try {
        const found = parseProcStat(
          buffer.toString('latin1', 0, readSync(stat, buffer, 0, buffer.length, 0)),
        );
        if (found === null || found.state === 'Z' || found.state === 'X') return null;
        const reads = io === null ? unknownReads : readCounts(io, buffer);
        const scheduled = schedule === null ? null : readSchedule(schedule, buffer);
        const times = scheduled ?? { cpuMs: found.cpuMs, readyMs: null };
        return { timeMs, state: found.state, ...times, ...reads };
      } catch {
        return null;
      }
    },
    close() {
      closeSync(stat);
      if (io !== null) closeSync(io);
      if (schedule !== null) closeSync(schedule);
    },
  };
}

type Reads = Pick<MainThreadSample, 'readBytes' | 'readCalls'>;
const unknownReads: Reads = { readBytes: null, readCalls: null };

function readCounts(descriptor: number, buffer: Buffer): Reads {
  try {
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
    const bytes = /^rchar: (\d+)$/m.exec(text);
    const calls = /^syscr: (\d+)$/m.exec(text);
    if (bytes === null || calls === null) return unknownReads;
    return { readBytes: Number(bytes[1]), readCalls: Number(calls[1]) };
  } catch {
    return unknownReads;
  }
}

type Scheduled = Pick<MainThreadSample, 'cpuMs' | 'readyMs'>;

/** Null when the kernel does not count them. */
function readSchedule(descriptor: number, buffer: Buffer): Scheduled | null {
  try {
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
    const [ran = 0, ready = 0] = text.split(' ', 2).map(Number);
    return ran > 0 ? { cpuMs: ran / 1e6, readyMs: ready / 1e6 } : null;
  } catch {
    return null;
  }
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}
