/**
 * What the main thread of a process does, read often and cheaply through kept descriptors: up to 60 times a second for each
 * run, so numbers are taken from the bytes as they are and no text is made.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { parseProcStat } from './procStat.ts';

export interface MainThreadSample {
  readonly timeMs: number;
  /**
   * R runs, S sleeps, D waits for a device, T is stopped, Z is dead. As old as `stateEveryMs` where `readyMs` is known,
   * which says more.
   */
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

/** The line of `stat` costs the kernel most, and its state only tells whether the thread still lives. */
const stateEveryMs = 240;
/** Places of the two counts in `/proc/PID/io`: `rchar`, `wchar`, `syscr`. */
const readBytesAt = 0;
const readCallsAt = 2;

/** Null where the system has no `/proc` or the process is gone. */
export function watchMainThread(pid: number): MainThreadWatch | null {
  const stat = tryOpen(`/proc/${pid}/task/${pid}/stat`);
  if (stat === null) return null;
  const io = tryOpen(`/proc/${pid}/task/${pid}/io`);
  // The scheduler's own count has nanoseconds, the line of `stat` only hundredths of a second.
  const schedule = tryOpen(`/proc/${pid}/task/${pid}/schedstat`);
  const buffer = Buffer.allocUnsafe(1024);
  const numbers = new Float64Array(4);
  /** How many whole numbers the file holds; the first four are in `numbers`. 0 when it cannot be read. */
  const read = (descriptor: number | null): number => {
    if (descriptor === null) return 0;
    try {
      return readNumbers(buffer, readSync(descriptor, buffer, 0, buffer.length, 0), numbers);
    } catch {
      return 0;
    }
  };
  let state = '';
  let statCpuMs = 0;
  let stateAtMs = Number.NEGATIVE_INFINITY;
  const lives = (): boolean => {
    try {
      const found = parseProcStat(buffer.toString('latin1', 0, readSync(stat, buffer, 0, buffer.length, 0)));
      if (found === null || found.state === 'Z' || found.state === 'X') return false;
      ({ state, cpuMs: statCpuMs } = found);
      return true;
    } catch {
      return false;
    }
  };
  return {
    pid,
    sample(timeMs) {
      const scheduled = read(schedule) >= 2 && (numbers[0] ?? 0) > 0;
      const ranMs = (numbers[0] ?? 0) / 1e6;
      const waitedMs = (numbers[1] ?? 0) / 1e6;
      if (!scheduled || timeMs - stateAtMs >= stateEveryMs) {
        if (!lives()) return null;
        stateAtMs = timeMs;
      }
      const readable = read(io) > readCallsAt;
      return {
        timeMs,
        state,
        cpuMs: scheduled ? ranMs : statCpuMs,
        readyMs: scheduled ? waitedMs : null,
        readBytes: readable ? (numbers[readBytesAt] ?? null) : null,
        readCalls: readable ? (numbers[readCallsAt] ?? null) : null,
      };
    },
    close() {
      closeSync(stat);
      if (io !== null) closeSync(io);
      if (schedule !== null) closeSync(schedule);
    },
  };
}

const zero = 0x30;

/** Takes the whole numbers out of a text, whatever stands between them, until `into` is full; returns how many. */
function readNumbers(bytes: Uint8Array, length: number, into: Float64Array): number {
  let found = 0;
  for (let at = 0; at < length && found < into.length; found += 1) {
    let digit = (bytes[at] ?? 0) - zero;
    while (at < length && (digit < 0 || digit > 9)) digit = (bytes[++at] ?? 0) - zero;
    if (at >= length) break;
    let value = 0;
    for (; at < length && digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - zero)
      value = value * 10 + digit;
    into[found] = value;
  }
  return found;
}

/** Null where the file is not there or may not be read. */
export function tryOpen(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}
