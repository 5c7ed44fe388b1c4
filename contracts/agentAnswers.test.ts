import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFile } from '../test/recordedRun.ts';
import { findingsAnswer, problemsAnswer, runAnswer } from './agentAnswers.ts';

test('what is left out of a list is counted, of problems as of findings', () => {
  const many = Array.from({ length: 203 }, (_, line) => ({ line }));
  assert.deepEqual(findingsAnswer(many), { findings: many.slice(0, 200), leftOut: 3 });
  assert.deepEqual(problemsAnswer(many), { problems: many.slice(0, 200), problemsLeftOut: 3 });
  assert.deepEqual(problemsAnswer([]), { problems: [], problemsLeftOut: 0 });
});

test('a start that no date can tell is null and takes no other figure away', () => {
  const { run } = JSON.parse(runFile({ id: 'one', perStepJ: 40, startedAtMs: 8.64e16 }, 0));
  const answer = runAnswer(run) as { readonly startedAt: unknown; readonly durationMs: unknown };
  assert.deepEqual([answer.startedAt, answer.durationMs], [null, 100_000]);
});
