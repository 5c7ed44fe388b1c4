import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunSummary } from '../../contracts/runs.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import type { Workbench } from './harness/workbench.ts';

/** What is recorded on the session's machine, as the command line lists it; each run is handed out once. */
export class RecordedRuns {
  readonly #workbench: Workbench;
  readonly #known = new Set<string>();

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** Runs that were not handed out yet, oldest first. */
  async fresh(): Promise<readonly RunSummary[]> {
    const all = JSON.parse(await this.#perjoule('runs', '--format', 'json')) as RunSummary[];
    return all.filter(({ runId }) => !this.#known.has(runId)).reverse();
  }

  /** Adds the run of a file, as one of another machine. */
  async import(path: string): Promise<void> {
    await this.#perjoule('import', path);
  }

  async #perjoule(...args: readonly string[]): Promise<string> {
    // From its sources: the package that the window runs is built elsewhere, and a build may be missing or old.
    const cli = join(projectFolder, 'cli', 'main.ts');
    const { env } = this.#workbench.session;
    return (await promisify(execFile)(process.execPath, [cli, ...args], { env })).stdout;
  }

  /** Waits until new runs are there and all of them have ended; `seenMs` is when the first was listed. */
  async ended(what: string, count = 1): Promise<{ runs: readonly RunSummary[]; seenMs: number }> {
    const startedAt = performance.now();
    let seenMs = Number.NaN;
    const runs = await until(
      `${what} to end`,
      async () => {
        const fresh = await this.fresh();
        if (fresh.length > 0 && Number.isNaN(seenMs)) seenMs = performance.now() - startedAt;
        return fresh.length >= count && fresh.every(({ state }) => state !== 'live') && fresh;
      },
      90_000,
      // A run that was never seen, one that never ends and one too many are three different faults.
      async () => (await this.fresh()).map(({ state, origin, command }) => `${state} ${origin} ${command}`),
    );
    for (const { runId } of runs) this.#known.add(runId);
    return { runs, seenMs };
  }
}
