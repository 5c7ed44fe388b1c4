/** `perjoule plan`: what saves energy without touching the code. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { usualSweep } from '../contracts/powerPlan.ts';

export interface PlanPipelineOptions {
  readonly stages: number;
  readonly microbatches: number;
  readonly blockingPower: number;
  readonly unitTime: number;
  readonly straggler?: number;
  readonly plan?: string;
  readonly force?: boolean;
  readonly format: 'csv' | 'json';
}

export interface PlanPowerOptions {
  readonly sweep?: true;
  readonly yes?: true;
  readonly limits?: readonly number[];
  readonly stride: number;
  readonly warmUp: number;
  readonly steps: number;
  readonly slowdown: number;
  readonly eta: number;
  readonly format: 'text' | 'csv' | 'json';
}

export interface PlanBalanceOptions {
  readonly format: 'text' | 'csv' | 'json';
}

export interface PlanBatchOptions {
  readonly format: 'text' | 'csv' | 'json';
}

const number =
  (holds: (value: number) => boolean, wanted: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || !holds(value))
      throw new InvalidArgumentError(`It must be ${wanted}.`);
    return value;
  };

const count = number((value) => Number.isInteger(value) && value >= 1, 'a whole number from 1');

const help = `
PROFILE has a row for each stage, instruction and frequency with the columns stage,instruction,frequency,time,energy
(MHz, s and J of one micro-batch on one GPU), as Zeus writes it. CSV prints the frontier as time,energy (s, J), one
iteration a row; JSON also the figures without a plan and the frequency of every operation. The plan is the one of the
fastest iteration; with --straggler the one of least energy until the straggler ends. All figures are modelled from
the profile: docs/pipeline-plan.md.

Example: GPT-3 175B in 8 stages on A100s that draw 84 W while they wait, beside a pipeline that takes 1.2 times as long:
  perjoule plan pipeline profile.csv --stages 8 --microbatches 12 --blocking-power 84 --straggler 1.2 --plan plan.csv
Exit status: 0 printed, 2 wrong usage or a profile that cannot be used.`;

const powerHelp = `
RUN is a number of "perjoule runs", or "last". Without --sweep nothing is changed: the steps of the named runs are told
apart by the power limit that stood meanwhile, whoever set it; runs of one program with other limits may be named
together. --sweep tries limits on a live run, from the highest down, while its own steps are counted. It asks first, or
wants --yes; the limits that stood before are written down and put back at the end, by Ctrl-C, and after a crash.
Exit status: 0 printed, 1 the sweep did not come to its end, 2 wrong usage or nothing to plan with.`;

const batchHelp = `
RUN is a number of "perjoule runs", or "last"; RUN=SIZE says how many samples one step of it takes over all GPUs, where
the command of the run does not name it.
Exit status: 0 printed, 2 wrong usage or nothing to plan with.`;

const balanceHelp = `
RUN is a number of "perjoule runs", or "last"; it must hold several GPUs and print its steps. Slack is measured: how much
earlier a GPU is done than the one that works longest. What slowing it by as much would save is a model, and nothing is
slowed: docs/power-plan.md.
Exit status: 0 printed, 2 wrong usage or nothing to plan with.`;

const watts = number((value) => value > 0 && value <= 1e5, 'a number of watts');

export function registerPlan(program: Command): void {
  const plan = program.command('plan').description('Plan for less energy at the same work.');
  registerPipeline(plan);
  plan
    .command('power')
    .description('Time and energy per step by power limit, and which limit to take.')
    .argument('[run...]', 'recorded or live runs; the newest when none is named')
    .option('--sweep', 'try limits on the live run')
    .option('--yes', 'change the power limit without asking')
    .option('--limits <watts>', 'the limits to try, as 300,250,200', (text) => text.split(',').map(watts))
    .option(
      '--stride <watts>',
      'or from the highest down in steps of so many watts',
      watts,
      usualSweep.strideW,
    )
    .option('--warm-up <steps>', 'steps left out after each change', count, usualSweep.warmUpSteps)
    .option('--steps <steps>', 'steps measured at each limit', count, usualSweep.measuredSteps)
    .option('--slowdown <percent>', 'how much slower a step may be', share, 5)
    .option('--eta <weight>', 'weight of energy against time, 0 to 1', weight, 0.5)
    .addOption(format())
    .addHelpText('after', powerHelp)
    .action(async (runs: readonly string[], options: PlanPowerOptions) => {
      const { planPower } = await import('./planPower.ts');
      await planPower(runs, options);
    });
  plan
    .command('batch')
    .description('Energy per sample by batch size over recorded runs, and which size to try next.')
    .argument('<run...>', 'recorded runs, each RUN or RUN=SIZE')
    .addOption(format())
    .addHelpText('after', batchHelp)
    .action(async (runs: readonly string[], options: PlanBatchOptions) => {
      const { planBatch } = await import('./planBatch.ts');
      await planBatch(runs, options);
    });
  plan
    .command('balance')
    .description('Slack of each GPU of a run, and what slowing it would save.')
    .argument('[run]', 'a recorded or live run; the newest when none is named')
    .addOption(format())
    .addHelpText('after', balanceHelp)
    .action(async (run: string | undefined, options: PlanBalanceOptions) => {
      const { planBalance } = await import('./planBalance.ts');
      await planBalance(run, options);
    });
}

const share = number((value) => value >= 0 && value <= 1000, 'a number of percent from 0');
const weight = number((value) => value >= 0 && value <= 1, 'a number from 0 to 1');
const format = (): Option =>
  new Option('--format <format>', 'how to print').choices(['text', 'csv', 'json']).default('text');

function registerPipeline(plan: Command): void {
  plan
    .command('pipeline')
    .description('Time and energy frontier of pipeline training, and the GPU frequencies that reach it.')
    .argument('<profile>', 'CSV file with what was measured of each stage')
    .requiredOption('--stages <count>', 'pipeline stages, one GPU each', count)
    .requiredOption('--microbatches <count>', 'micro-batches of one iteration', count)
    .requiredOption(
      '--blocking-power <watts>',
      'what a GPU draws while it waits for a neighbour',
      number((value) => value >= 0 && value <= 1e5, 'a number of watts from 0 to 100000'),
    )
    .option(
      '--unit-time <seconds>',
      'grain of the plan',
      number((value) => value >= 1e-9 && value <= 1, 'a number of seconds from 1e-9 to 1'),
      0.001,
    )
    .option(
      '--straggler <factor>',
      'another pipeline takes so many times the fastest iteration',
      number((value) => value >= 1 && value <= 1000, 'a number from 1 to 1000, such as 1.2'),
    )
    .option('--plan <file>', 'write the frequency of every operation to this file, as CSV')
    .option('--force', 'replace a file that is there already')
    .addOption(new Option('--format <format>', 'how to print').choices(['csv', 'json']).default('csv'))
    .addHelpText('after', help)
    .action(async (profile: string, options: PlanPipelineOptions) => {
      const { planPipeline } = await import('./planPipeline.ts');
      await planPipeline(profile, options);
    });
}
