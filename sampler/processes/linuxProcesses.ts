/** Processes through `/proc`: one folder listing a scan, and one small read for each process that is new. */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { machineTime } from '../clock.ts';
import { tryOpen, watchMainThread } from './mainThread.ts';
import {
  type AllowedVariable,
  allowedVariables,
  type ProcessIdentity,
  type ProcessInfo,
  type ProcessTable,
} from './processTable.ts';
import { type ProcStat, parseProcStat, tickMs } from './procStat.ts';

interface Known {
  readonly parentPid: number;
  readonly sessionId: number;
}

/** A process maps some thousand lines at most before its GPU library is among them. */
const longestMaps = 4 * 2 ** 20;
const driverLibrary = /\/libcuda\.so|\/libamdhip64\.so|\/libhsa-runtime64\.so/;
const deviceFile = /^\/dev\/(nvidia\d|nvidiactl|nvidia-uvm|kfd)/;

export function createLinuxProcesses(): ProcessTable {
  const bootId = machineTime.bootId().slice(0, 8);
  const pageBytes = readPageBytes();
  const buffer = Buffer.allocUnsafe(4096);
  /** Every process seen alive. The parent is the one at birth: a process that is handed on keeps its descent. */
  let known = new Map<number, Known>();
  let children = new Map<number, number[]>();
  let newcomers = new Set<number>();

  function stat(pid: number): ProcStat | null {
    try {
      const descriptor = openSync(`/proc/${pid}/stat`, 'r');
      try {
        return parseProcStat(buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0)));
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return null;
    }
  }

  /** Number of the newest process or thread, which the kernel keeps beside the load; null where it does not tell. */
  const load = tryOpen('/proc/loadavg');
  const newest = (): string | null => {
    if (load === null) return null;
    try {
      const length = readSync(load, buffer, 0, buffer.length, 0);
      return buffer.toString('latin1', buffer.lastIndexOf(0x20, length - 1) + 1, length);
    } catch {
      return null;
    }
  };
  let newestAtRefresh: string | null = null;

  const startOf = (found: ProcStat): string => `${found.startTicks}@${bootId}`;
  const living = (pid: number): ProcStat | null => {
    const found = stat(pid);
    return found === null || found.state === 'Z' || found.state === 'X' ? null : found;
  };

  return {
    supported: true,
    async refresh() {
      newestAtRefresh = newest();
      const next = new Map<number, Known>();
      for (const name of readdirSync('/proc')) {
        const pid = Number(name);
        if (!Number.isInteger(pid)) continue;
        const before = known.get(pid);
        if (before !== undefined) {
          next.set(pid, before);
          continue;
        }
        const found = stat(pid);
        newcomers.add(pid);
        if (found !== null) next.set(pid, { parentPid: found.parentPid, sessionId: found.sessionId });
      }
      known = next;
      children = new Map();
      for (const [pid, { parentPid }] of known) {
        const siblings = children.get(parentPid);
        if (siblings === undefined) children.set(parentPid, [pid]);
        else siblings.push(pid);
      }
    },
    takeNewcomers() {
      const taken = [...newcomers].filter((pid) => known.has(pid));
      newcomers = new Set();
      return taken;
    },
    mayHaveNew: () => newest() !== newestAtRefresh,
    look(pid): ProcessInfo | null {
      const found = living(pid);
      if (found === null) return null;
      const ageMs = machineTime.bootMs() - found.startTicks * tickMs;
      return {
        pid,
        start: startOf(found),
        parentPid: found.parentPid,
        sessionId: found.sessionId,
        // A container with an uptime of its own would give nonsense: such a process counts as new.
        ageMs: Math.max(0, ageMs),
      };
    },
    childrenOf: (pid) => children.get(pid) ?? [],
    inSession(sessionId) {
      const members: number[] = [];
      for (const [pid, info] of known) if (info.sessionId === sessionId) members.push(pid);
      return members;
    },
    isAlive(identity: ProcessIdentity) {
      const found = living(identity.pid);
      return found !== null && startOf(found) === identity.start;
    },
    isOwn(pid) {
      return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.getuid?.();
    },
    argumentsOf(pid) {
      try {
        const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return text === '' ? null : text.replace(/\0$/, '').split('\0');
      } catch {
        return null;
      }
    },
    programOf: (pid) => readLink(`/proc/${pid}/exe`),
    workingFolderOf: (pid) => readLink(`/proc/${pid}/cwd`),
    variablesOf(pid) {
      const variables: Partial<Record<AllowedVariable, string>> = {};
      let text: string;
      try {
        text = readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        return variables;
      }
      for (const name of allowedVariables) {
        const at = text.startsWith(`${name}=`) ? 0 : text.indexOf(`\0${name}=`) + 1;
        if (at === 0 && !text.startsWith(`${name}=`)) continue;
        const end = text.indexOf('\0', at);
        variables[name] = text.slice(at + name.length + 1, end < 0 ? undefined : end);
      }
      return variables;
    },
    usageOf(pid) {
      const found = living(pid);
      return found === null ? null : { cpuMs: found.cpuMs, residentBytes: found.residentPages * pageBytes };
    },
    watchMainThread,
    holdsGpu(pid) {
      try {
        for (const name of readdirSync(`/proc/${pid}/fd`)) {
          const target = readLink(`/proc/${pid}/fd/${name}`);
          if (target !== null && deviceFile.test(target)) return true;
        }
        const maps = readFileSync(`/proc/${pid}/maps`, 'latin1');
        return driverLibrary.test(maps.length > longestMaps ? maps.slice(0, longestMaps) : maps);
      } catch {
        return false;
      }
    },
  };
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function readPageBytes(): number {
  try {
    const match = /^KernelPageSize: +(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'latin1'));
    if (match !== null) return Number(match[1]) * 1024;
  } catch {
    // Kernels without the file use the ordinary size.
  }
  return 4096;
}
