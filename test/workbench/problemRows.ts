import { until } from '../../tools/until.ts';
import type { Workbench } from './harness/workbench.ts';

export interface ProblemRow {
  readonly rule: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** The view says messages, not rule names: each rule by the words only its message has. */
const words: Readonly<Record<string, RegExp>> = {
  'sync-scalar-in-step': /host waits for the GPU/,
  'loader-no-workers': /DataLoader prepares every batch/,
  'eval-without-no-grad': /evaluation keeps every layer/,
};

function parse(label: string): ProblemRow | undefined {
  const rule = Object.entries(words).find(([, pattern]) => pattern.test(label))?.[0];
  const place = /at line (\d+) and character (\d+)\./.exec(label);
  if (rule === undefined || place === null) return undefined;
  return { rule, line: Number(place[1]), column: Number(place[2]), text: label };
}

/** The findings in the Problems view, once `accept` is content with them. */
export function waitForFindings(
  workbench: Workbench,
  accept: (rows: readonly ProblemRow[]) => boolean,
  timeoutMs = 30_000,
): Promise<readonly ProblemRow[]> {
  return until(
    'findings in the Problems view',
    async () => {
      const rows = (await workbench.problems()).flatMap((label) => parse(label) ?? []);
      return accept(rows) && rows;
    },
    timeoutMs,
    () => workbench.problems(),
  );
}

/** The findings as they stand: some, or none where the view itself says so. */
export function findingsOrNone(workbench: Workbench): Promise<readonly ProblemRow[]> {
  return until('findings, or that there are none', async () => {
    const rows = (await workbench.problems()).flatMap((label) => parse(label) ?? []);
    return (rows.length > 0 || (await workbench.saysNoProblems())) && rows;
  });
}
