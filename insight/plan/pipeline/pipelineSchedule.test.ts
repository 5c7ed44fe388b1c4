import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timedOperations } from './criticalPath.ts';
import { pipelineSchedule } from './pipelineSchedule.ts';

const shapes = [1, 2, 3, 4, 8].flatMap((stages) =>
  [1, 2, 3, 7, 12].map((microbatches) => ({ stages, microbatches })),
);

test('1F1B: every operation once, forwards and backwards in order, no more held than the pipeline is deep', () => {
  for (const { stages, microbatches } of shapes) {
    const { operations } = pipelineSchedule(stages, microbatches);
    assert.equal(operations.length, 2 * stages * microbatches);
    for (let stage = 0; stage < stages; stage += 1) {
      const own = operations.filter((operation) => operation.stage === stage);
      for (const instruction of ['forward', 'backward'])
        assert.deepEqual(
          own.filter((each) => each.instruction === instruction).map(({ microbatch }) => microbatch),
          Array.from({ length: microbatches }, (_, at) => at),
        );
      let held = 0;
      let most = 0;
      for (const { instruction } of own) {
        held += instruction === 'forward' ? 1 : -1;
        most = Math.max(most, held);
      }
      assert.equal(most, Math.min(microbatches, stages - stage), `stage ${stage} of ${stages}`);
      assert.equal(held, 0);
    }
  }
});

test('an iteration of equal stages takes as long as is known of 1F1B: (micro-batches + stages − 1) · (forward + backward)', () => {
  for (const { stages, microbatches } of shapes) {
    const { operations, dependencies } = pipelineSchedule(stages, microbatches);
    const durations = operations.map(({ instruction }) => (instruction === 'forward' ? 2 : 3));
    const { iterationTime, starts, slack } = timedOperations(durations, dependencies);
    assert.equal(iterationTime, 5 * (microbatches + stages - 1), `${stages} × ${microbatches}`);
    for (const [before, after] of dependencies)
      assert.ok((starts[after] ?? 0) >= (starts[before] ?? 0) + (durations[before] ?? 0));
    for (const [at, operation] of operations.entries())
      if (operation.stage === stages - 1)
        assert.equal(slack[at], 0, 'the last stage never waits once it works');
  }
});

test('two stages, two micro-batches, written out', () => {
  const { operations, dependencies } = pipelineSchedule(2, 2);
  const names = operations.map(
    ({ stage, instruction, microbatch }) => `${instruction[0]}${microbatch}@${stage}`,
  );
  assert.deepEqual(names, ['f0@0', 'f1@0', 'b0@0', 'b1@0', 'f0@1', 'b0@1', 'f1@1', 'b1@1']);
  assert.deepEqual(dependencies.map(([before, after]) => `${names[before]}→${names[after]}`).sort(), [
    'b0@0→b1@0',
    'b0@1→b0@0',
    'b0@1→f1@1',
    'b1@1→b1@0',
    'f0@0→f0@1',
    'f0@0→f1@0',
    'f0@1→b0@1',
    'f1@0→b0@0',
    'f1@0→f1@1',
    'f1@1→b1@1',
  ]);
});
