/** What of a run a trace is held against, with the files of its findings as they are on the disk. */

import { readFile, stat } from 'node:fs/promises';
import type { StaticFinding } from '../contracts/findings.ts';
import type { RunDetail } from '../contracts/runs.ts';
import type { RunOfTrace } from '../insight/trace/traceReading.ts';

/** Python that people write is smaller by far. */
const largestSource = 4 * 2 ** 20;

export async function besideRun(run: RunDetail, findings: readonly StaticFinding[]): Promise<RunOfTrace> {
  const sources = new Map<string, string>();
  const changed: string[] = [];
  for (const path of new Set(findings.map((finding) => finding.path))) {
    try {
      const { size, mtimeMs } = await stat(path);
      if (size > largestSource) continue;
      sources.set(path, await readFile(path, 'utf8'));
      if (mtimeMs > run.startedAtMs) changed.push(path);
    } catch {
      // A file that is gone is judged by its lines alone.
    }
  }
  return { run, findings, sources, changed };
}
