/** What the main thread of a process does, read often and cheaply through kept descriptors. */

import { closeSync, openSync, readSync } from 'node:fs';
import { parseProcStat } from './procStat.ts';

export interface MainThreadSample {
  readonly timeMs: number;
  /** R runs, S sleeps, D waits for a device, T is stopped, Z is dead. */
  readonly state: string;
  /** Processor time of this thread alone, milliseconds. */
  readonly cpuMs: number;
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
        const cpuMs = (schedule === null ? null : readSchedule(schedule, buffer)) ?? found.cpuMs;
        return { timeMs, state: found.state, cpuMs, ...reads };
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

/** Milliseconds on a processor; null when the kernel does not count them. */
function readSchedule(descriptor: number, buffer: Buffer): number | null {
  try {
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
    const nanoseconds = Number(text.split(' ', 1)[0]);
    return nanoseconds > 0 ? nanoseconds / 1e6 : null;
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
