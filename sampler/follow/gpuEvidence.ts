/** Whether a process uses a GPU, by the cheapest sign that says so. Costly looks are spread over time. */

import { resolve } from 'node:path';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import { importsGpuFramework, type PythonCommand, readPythonCommand } from '../processes/python.ts';

/** `held`: device file open, driver mapped, or in the source's process list. `import`: the script says it will. */
export type Evidence = 'simulated' | 'held' | 'import';

interface Known {
  python: PythonCommand | null;
  commandLine: string;
  simulatedFile: string | null;
  evidence: Evidence | null;
  looks: number;
  nextLookMs: number;
  /** The scan in which its command line was read last. */
  readInScan: number;
}

/** The driver is usually mapped within the first seconds; later looks get rarer. */
const lookEveryMs = 500;
const rareLookEveryMs = 5_000;
const frequentLooks = 60;

export class GpuEvidence {
  readonly #table: ProcessTable;
  readonly #known = new Map<string, Known>();
  #scan = 0;

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /** From here on command lines are read anew, each once. */
  beginScan(): void {
    this.#scan += 1;
  }

  #of(identity: ProcessIdentity): Known {
    const key = `${identity.pid}/${identity.start}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = {
        python: null,
        commandLine: '',
        simulatedFile: null,
        evidence: null,
        looks: 0,
        nextLookMs: 0,
        readInScan: -1,
      };
      this.#known.set(key, known);
    }
    return known;
  }

  forget(identity: ProcessIdentity): void {
    this.#known.delete(`${identity.pid}/${identity.start}`);
  }

  /** The Python command of the process; null for anything else. A later `exec` is noticed. */
  python(identity: ProcessIdentity): PythonCommand | null {
    const known = this.#of(identity);
    if (known.readInScan === this.#scan) return known.python;
    known.readInScan = this.#scan;
    const argv = this.#table.argumentsOf(identity.pid);
    const commandLine = argv?.join('\0') ?? known.commandLine;
    if (argv !== null && commandLine !== known.commandLine) {
      known.commandLine = commandLine;
      known.python = readPythonCommand(argv, this.#table.workingFolderOf(identity.pid));
      // The environment is fixed by the same `exec`.
      const file = this.#table.variablesOf(identity.pid).PERJOULE_SIM;
      known.simulatedFile = file ? resolve(this.#table.workingFolderOf(identity.pid) ?? '/', file) : null;
      known.evidence = null;
      known.nextLookMs = 0;
    }
    return known.python;
  }

  simulatedFile(identity: ProcessIdentity): string | null {
    this.python(identity);
    return this.#of(identity).simulatedFile;
  }

  /** Best evidence so far; null for none. `listed` says that a source names the process as a holder. */
  look(identity: ProcessIdentity, nowMs: number, listed: boolean): Evidence | null {
    const python = this.python(identity);
    const known = this.#of(identity);
    if (known.simulatedFile !== null) known.evidence = 'simulated';
    else if (listed) known.evidence = 'held';
    if (known.evidence === 'simulated' || known.evidence === 'held') return known.evidence;
    if (nowMs < known.nextLookMs) return known.evidence;
    known.looks += 1;
    known.nextLookMs = nowMs + (known.looks < frequentLooks ? lookEveryMs : rareLookEveryMs);
    if (this.#table.holdsGpu(identity.pid)) known.evidence = 'held';
    else if (known.evidence === null && python?.script && importsGpuFramework(python.script))
      known.evidence = 'import';
    return known.evidence;
  }
}
