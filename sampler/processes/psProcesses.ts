/** Processes where there is no `/proc` (macOS): one `ps` listing a refresh. Coarser: GPU use cannot be seen. */

import type { SourceDoor } from '../sources/source.ts';
import type { ProcessIdentity, ProcessInfo, ProcessTable } from './processTable.ts';

interface Row {
  readonly info: ProcessInfo;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly command: string;
}

const psTimeoutMs = 3000;
const columns = 'pid=,ppid=,sess=,state=,etime=,time=,rss=,lstart=,command=';
const rowPattern =
  /^ *(\d+) +(\d+) +(\S+) +(\S+) +([\d:.-]+) +([\d:.-]+) +(\d+) +(\w{3} +\w{3} +\d+ [\d:]{8} \d{4}) (.*)$/;

/** Rows of `ps -axo` with the columns above; dead processes and unreadable lines are left out. */
export function parsePsRows(text: string): readonly Row[] {
  const rows: Row[] = [];
  for (const line of text.split('\n')) {
    const match = rowPattern.exec(line);
    if (match === null) continue;
    const [, pid, parentPid, session, state, age, cpu, resident, start, command] = match;
    if (state?.startsWith('Z')) continue;
    rows.push({
      info: {
        pid: Number(pid),
        parentPid: Number(parentPid),
        sessionId: /^\d+$/.test(session ?? '') ? Number(session) : 0,
        ageMs: durationMs(age ?? ''),
        start: (start ?? '').replaceAll(/ +/g, ' '),
      },
      cpuMs: durationMs(cpu ?? ''),
      residentBytes: Number(resident) * 1024,
      command: command ?? '',
    });
  }
  return rows;
}

/** `[[dd-]hh:]mm:ss[.cc]` in milliseconds. */
function durationMs(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text];
  const seconds = (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

export function createPsProcesses(door: SourceDoor): ProcessTable {
  let rows = new Map<number, Row>();
  const parents = new Map<number, number>();
  return {
    supported: true,
    async refresh() {
      const program = door.findProgram(['/bin/ps', 'ps']);
      if (program === null) return;
      const result = await door.run(program, ['-axww', '-o', columns], psTimeoutMs).catch(() => null);
      if (result === null || result.timedOut) return;
      rows = new Map(parsePsRows(result.stdout).map((row) => [row.info.pid, row]));
      for (const [pid, row] of rows) if (!parents.has(pid)) parents.set(pid, row.info.parentPid);
      for (const pid of parents.keys()) if (!rows.has(pid)) parents.delete(pid);
    },
    // Only their environment would say where they come from, and `ps` does not show it.
    takeNewcomers: () => [],
    mayHaveNew: () => false,
    look: (pid) => rows.get(pid)?.info ?? null,
    childrenOf: (pid) => [...parents].filter(([, parent]) => parent === pid).map(([child]) => child),
    inSession: (id) =>
      [...rows.values()].filter((row) => row.info.sessionId === id).map((row) => row.info.pid),
    isAlive: (identity: ProcessIdentity) => rows.get(identity.pid)?.info.start === identity.start,
    // No GPU's process list is read on macOS.
    isOwn: () => false,
    argumentsOf: (pid) => rows.get(pid)?.command.split(' ') ?? null,
    programOf: () => null,
    workingFolderOf: () => null,
    variablesOf: () => ({}),
    usageOf: (pid) => rows.get(pid) ?? null,
    watchMainThread: () => null,
    holdsGpu: () => false,
  };
}
