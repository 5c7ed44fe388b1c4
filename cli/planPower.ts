/** Prints what steps cost under each power limit; with a sweep, tries the limits first. */

import { createInterface } from 'node:readline/promises';
import {
  type LimitPoint,
  type LimitRefusal,
  type PowerLimitState,
  type PowerPlan,
  type PowerSweep,
  type SweepOptions,
  usualSweep,
} from '../contracts/powerPlan.ts';
import type { RunSummary } from '../contracts/runs.ts';
import { formatDuration, formatEnergy, formatPower } from '../contracts/units.ts';
import { sweptLimits } from '../insight/plan/power/sweepSchedule.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { findRun, runsSearched } from './findRun.ts';
import type { PlanPowerOptions } from './plan.ts';
import { powerPlanCsv, powerPlanJson, powerPlanText } from './planPowerText.ts';
import { withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

const say = (text: string): void => void process.stderr.write(`perjoule: ${plain(text)}\n`);

export async function planPower(words: readonly string[], options: PlanPowerOptions): Promise<void> {
  await withSampler('plan power', async (client) => {
    const all = await client.request('listRuns', { limit: runsSearched });
    const named = words.length === 0 ? ['last'] : words;
    const runs = named.map((word) => findRun(all, word));
    if (options.sweep === true) await sweep(client, onlyOne(runs), options);
    else {
      const runIds = [...new Set(runs.map(({ runId }) => runId))];
      print(await client.request('powerPlan', { runIds, warmUpSteps: options.warmUp }), options, null);
    }
  });
}

/** @throws UsageError */
function onlyOne(runs: readonly RunSummary[]): RunSummary {
  const [run, other] = runs;
  if (run === undefined || other !== undefined)
    throw new UsageError('a sweep is over one live run; name one, or none for the newest.');
  return run;
}

function print(plan: PowerPlan, options: PlanPowerOptions, limits: readonly PowerLimitState[] | null): void {
  if (plan.points.length === 0)
    throw new UsageError(
      `run ${plan.number} has no power limit with enough steps after ${options.warmUp} of warm-up; try a smaller --warm-up, or sweep a live run: perjoule plan power --sweep`,
    );
  const show = { text: powerPlanText, csv: powerPlanCsv, json: powerPlanJson }[options.format];
  process.stdout.write(show(plan, { slowdown: options.slowdown / 100, eta: options.eta, limits }));
}

async function sweep(client: SamplerClient, run: RunSummary, options: PlanPowerOptions): Promise<void> {
  if (run.state !== 'live')
    throw new UsageError(`run ${run.number} has ended; start it again and sweep while it trains.`);
  const states = await client.request('powerLimits', { runId: run.runId });
  const refusal = states.find((state) => state.refusal !== null)?.refusal;
  if (refusal) throw new UsageError(refusalText(refusal));
  const limitsW = options.limits ?? limitsOf(states, options.stride);
  const chosen = { ...usualSweep, limitsW, warmUpSteps: options.warmUp, measuredSteps: options.steps };
  announce(run, states, chosen);
  if (options.yes !== true && !(await agrees())) {
    say('Nothing was changed.');
    process.exitCode = 1;
    return;
  }
  const end = ended(client, run.runId);
  const stop = (): void => void client.request('stopPowerSweep', { runId: run.runId }).catch(() => undefined);
  process.once('SIGINT', stop);
  try {
    await client.request('startPowerSweep', { runId: run.runId, options: chosen, agreed: true });
    const last = await end;
    report(last);
    if (last.state !== 'done') process.exitCode = 1;
    if (last.points.length > 0) print(planOf(run, last.points), options, states);
  } finally {
    process.off('SIGINT', stop);
  }
}

/** Limits that every GPU of the run takes. */
function limitsOf(states: readonly PowerLimitState[], strideW: number): readonly number[] {
  const ranges = states.flatMap(({ range }) => (range === null ? [] : [range]));
  if (ranges.length === 0) throw new UsageError('the run holds no GPU whose power limit can be changed.');
  return sweptLimits(
    Math.max(...ranges.map(({ leastW }) => leastW)),
    Math.min(...ranges.map(({ mostW }) => mostW)),
    strideW,
  );
}

function announce(run: RunSummary, states: readonly PowerLimitState[], options: SweepOptions): void {
  const { limitsW, warmUpSteps, measuredSteps } = options;
  const tried = limitsW.map((limitW) => `${limitW}`).join(', ');
  say(`Run ${run.number} ${run.name}: the power limit will be set to ${tried} W, one after the other.`);
  const steps = limitsW.length * (warmUpSteps + measuredSteps);
  const rate = run.steps?.stepsPerSecond ?? null;
  const time = rate === null ? '' : `, ${formatDuration((steps / rate) * 1000)} or more at its present pace`;
  say(`That takes ${steps} steps of the run${time}, and longer where its lines come in clumps.`);
  for (const { index, name, range, command } of states) {
    const how = command === null ? '' : `: ${command}`;
    say(`GPU ${index} ${name}, ${range?.currentW ?? '–'} W now and again at the end${how}`);
  }
}

/** Only a person at a terminal can say yes. */
async function agrees(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('nobody can be asked here; say --yes to change the power limit.');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question('Change it? [y/N] ').finally(() => reader.close());
  return /^y(es)?$/i.test(answer.trim());
}

function ended(client: SamplerClient, runId: string): Promise<PowerSweep> {
  let told = -1;
  return new Promise((resolve, reject) => {
    client.onClose(() => reject(new Error('The sampler ended; the next one puts the limits back.')));
    client.on('powerSweep', (state) => {
      if (state.runId !== runId) return;
      if (state.state !== 'running') resolve(state);
      else if (state.done > told && state.limitW !== null) {
        told = state.done;
        say(`${state.done + 1} of ${state.limitsW.length}: ${state.limitW} W, ${state.stepsWanted} steps`);
      }
    });
  });
}

function report({ state, refusal, restored, costSteps, costJ, costMs }: PowerSweep): void {
  if (refusal !== null) say(refusalText(refusal));
  else if (state === 'stopped') say('The sweep was stopped.');
  say(
    restored
      ? 'The power limits stand where they stood before.'
      : 'A power limit could not be put back; it is tried again until it stands.',
  );
  say(
    `The sweep took ${costSteps} steps of the run, ${formatEnergy(costJ)}, ${(costMs / 1000).toFixed(0)} s, at ${formatPower((costJ * 1000) / Math.max(1, costMs))}.`,
  );
}

const refusalText = ({ message, remedy }: LimitRefusal): string =>
  remedy === null ? message : `${message} ${remedy}`;

const planOf = (run: RunSummary, points: readonly LimitPoint[]): PowerPlan => ({
  runId: run.runId,
  number: run.number,
  name: run.name,
  simulated: run.simulated,
  gpus: run.devices.length,
  points,
  caveats: [],
});
