import assert from 'node:assert/strict';
import { check } from '../rules/checking.ts';
import { mutatedFiles } from './mutatedFiles.ts';

/** No file may take more processor time: a busy machine pauses a process for tenths of a second. */
const limitMs = 1_000;

/**
 * Checks `count` mutated files: none may throw, lose a rule or take longer than a second, and a good file checked
 * between them must keep its findings. Returns the slowest time, milliseconds.
 */
export function survive(seed: number, count: number, goodFile: string): number {
  const expected = JSON.stringify(check(goodFile).findings);
  let slowest = 0;
  let index = 0;
  for (const text of mutatedFiles(seed, count)) {
    const from = process.cpuUsage();
    const { problems } = check(text);
    const { user, system } = process.cpuUsage(from);
    const tookMs = (user + system) / 1000;
    slowest = Math.max(slowest, tookMs);
    const what = `file ${index} of seed ${seed}`;
    assert.deepEqual(
      problems.filter(({ kind }) => kind === 'ruleFailed'),
      [],
      what,
    );
    assert.ok(tookMs <= limitMs, `${what} took ${tookMs.toFixed(0)} ms`);
    if (index % 100 === 0) assert.equal(JSON.stringify(check(goodFile).findings), expected, what);
    index += 1;
  }
  assert.equal(index, count);
  return slowest;
}
