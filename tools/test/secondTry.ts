import { type NodeTestOptions, type NodeTestsResult, runNodeTests } from './nodeTests.ts';
import type { StageResult } from './stage.ts';

/** More files than this do not fail by chance. */
const FILES = 3;

/**
 * Tests that drive other programs, a VS Code among them, can meet a machine that stands still for seconds. A file that
 * fails is run once more, with nothing beside it, and that run counts. What failed at first is told in any case: it
 * passed twice or it is a fault.
 */
export async function runWithSecondTry(
  files: readonly string[],
  options: NodeTestOptions,
): Promise<StageResult> {
  const first = await runNodeTests(files, options);
  const failed = [...first.passedBesideFailed.keys()].filter((file) => files.includes(file));
  if (failed.length === 0 || failed.length > FILES) return first;
  return together(first, await runNodeTests(failed, { ...options, concurrency: 1 }));
}

export function together(first: NodeTestsResult, second: NodeTestsResult): StageResult {
  const counted = [...first.passedBesideFailed.values()].reduce((sum, passed) => sum + passed, 0);
  return {
    passed: first.passed - counted + second.passed,
    failed: second.failed,
    skipped: [...new Map([...first.skipped, ...second.skipped].map((skip) => [skip.name, skip])).values()],
    details: second.details,
    remarks: ['failed at first, then run once more alone:', ...first.details.split('\n')],
  };
}
