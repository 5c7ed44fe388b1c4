// The entry that VS Code calls: `run` resolves when all is well. What each case said goes to a file, because a host
// answers with an exit code only.

import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { activation } from './activation.ts';
import { agentToolCases } from './agentTools.ts';
import type { InHostCase, InHostResult } from './case.ts';

/** Put in when the suite is bundled for one run. */
declare const RESULTS_FILE: string;

const cases: readonly InHostCase[] = [...activation, ...agentToolCases];

export async function run(): Promise<void> {
  const results: InHostResult[] = [];
  for (const { name, run } of cases) {
    const started = performance.now();
    let failure: string | undefined;
    try {
      await run();
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
    }
    results.push({
      name,
      durationMs: performance.now() - started,
      ...(failure === undefined ? {} : { failure }),
    });
  }
  writeFileSync(RESULTS_FILE, JSON.stringify(results));
  if (results.some(({ failure }) => failure !== undefined)) throw new Error('cases failed: see the results');
}
