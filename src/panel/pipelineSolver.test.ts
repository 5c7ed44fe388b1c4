import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlannerAnswer, PlannerRequest } from '../../contracts/pipelinePlan.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';
import { randomProfile } from '../../insight/plan/pipeline/testing/randomProfile.ts';
import { createRandom } from '../../insight/testing/random.ts';
import { Planner } from '../../planner/planner.ts';
import { PipelineSolver, type PlannerThread } from './pipelineSolver.ts';

const shape = { stages: 3, microbatches: 4, blockingPowerW: 60, unitTimeS: 0.001 };
const choice = { at: null, straggler: null };

/** The real planner in the place of its thread: it answers when the test says so, and fails as a thread does. */
class Thread implements PlannerThread {
  readonly #planner = new Planner(
    (answer) => this.#heard(answer),
    () => 0,
  );
  readonly asked: PlannerRequest[] = [];
  #heard: (answer: PlannerAnswer) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;
  terminated = false;

  postMessage(request: PlannerRequest): void {
    this.asked.push(request);
  }

  on(event: 'message' | 'error', heard: ((answer: PlannerAnswer) => void) & ((error: Error) => void)): void {
    if (event === 'message') this.#heard = heard;
    else this.#failed = heard;
  }

  /** What it was asked so far. */
  work(): void {
    for (const request of this.asked.splice(0)) this.#planner.handle(request);
  }

  fail(message: string): void {
    this.#failed(new Error(message));
  }

  terminate(): void {
    this.terminated = true;
  }
}

function desk(): {
  readonly solver: PipelineSolver;
  readonly threads: readonly Thread[];
  readonly plans: () => number;
} {
  const threads: Thread[] = [];
  const posted: HostMessage[] = [];
  const solver = new PipelineSolver(
    () => {
      const thread = new Thread();
      threads.push(thread);
      return thread;
    },
    (message) => posted.push(message),
  );
  return { solver, threads, plans: () => posted.filter(({ type }) => type === 'pipelineChosen').length };
}

function solved(): ReturnType<typeof desk> {
  const on = desk();
  on.solver.open('a.csv');
  on.solver.read(randomProfile(createRandom(3), 3, 0));
  on.solver.solve(shape);
  on.threads[0]?.work();
  assert.ok(on.solver.state.frontier !== null);
  return on;
}

test('a solver that fails takes its frontier along, and after another plan everything answers again', async () => {
  const { solver, threads, plans } = solved();
  solver.choose(choice);
  solver.choose({ ...choice, at: 1 });
  const written = solver.document(choice, 'csv');
  threads[0]?.fail('out of memory');
  assert.equal(await written, null, 'whoever writes a file does not wait for ever');
  assert.equal(solver.state.frontier, null);
  assert.match(solver.state.failure ?? '', /^The solver ended: out of memory\. Plan again\.$/);
  solver.choose(choice);
  assert.equal(threads.length, 1, 'there is nothing to choose from');
  solver.solve(shape);
  threads[1]?.work();
  solver.choose(choice);
  threads[1]?.work();
  assert.equal(plans(), 1);
  const again = solver.document(choice, 'csv');
  threads[1]?.work();
  assert.match((await again) ?? '', /^stage,instruction,/);
});

test('a plan of the frontier before is not shown with the next one', () => {
  const { solver, threads, plans } = solved();
  solver.choose({ ...choice, at: 1 });
  solver.choose({ ...choice, at: 2 });
  solver.solve({ ...shape, microbatches: 2 });
  threads[0]?.work();
  assert.ok(solver.state.frontier !== null);
  assert.equal(plans(), 0);
  solver.choose(choice);
  threads[0]?.work();
  assert.equal(plans(), 1);
});

test('a cancel that comes after the solver was done leaves what was solved; one before it ends the thread', async () => {
  const { solver, threads } = solved();
  solver.cancel();
  assert.ok(solver.state.frontier !== null);
  assert.equal(threads[0]?.terminated, false);
  solver.solve(shape);
  solver.cancel();
  assert.deepEqual([solver.state.solving, solver.state.frontier], [null, null]);
  assert.equal(threads[0]?.terminated, true);
  threads[0]?.work();
  assert.equal(solver.state.frontier, null, 'nobody listens to it any more');
});

test('after a shape that cannot be planned there is no plan to write, not the one before', async () => {
  const { solver, threads } = solved();
  solver.solve({ ...shape, stages: 9 });
  threads[0]?.work();
  assert.match(solver.state.failure ?? '', /has 3 stages, not 9/);
  assert.equal(await solver.document(choice, 'csv'), null);
  const answers: PlannerAnswer[] = [];
  const planner = new Planner(
    (answer) => answers.push(answer),
    () => 0,
  );
  const text = randomProfile(createRandom(3), 3, 0);
  planner.handle({ type: 'solve', text, shape });
  planner.handle({ type: 'solve', text, shape: { ...shape, stages: 9 } });
  planner.handle({ type: 'document', choice, format: 'csv' });
  assert.deepEqual(
    answers.map(({ type }) => type),
    ['solved', 'failed'],
  );
});

test('a profile that is opened again is another, and what was solved is gone', () => {
  const { solver } = solved();
  const before = solver.state.profile;
  solver.open('a.csv');
  const { profile, frontier } = solver.state;
  assert.equal(frontier, null);
  assert.deepEqual([profile?.name, profile?.stages], ['a.csv', 0]);
  assert.notEqual(profile?.opening, before?.opening);
});
