/** `perjoule plan`: what saves energy without touching the code. */

import { type Command, InvalidArgumentError, Option } from 'commander';

export interface PlanPipelineOptions {
  readonly stages: number;
  readonly microbatches: number;
  readonly blockingPower: number;
  readonly unitTime: number;
  readonly straggler?: number;
  readonly plan?: string;
  readonly format: 'csv' | 'json';
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
Exit status: 0 printed, 2 wrong usage or a profile that cannot be used.`;

export function registerPlan(program: Command): void {
  const plan = program.command('plan').description('Plan for less energy at the same work.');
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
    .addOption(new Option('--format <format>', 'how to print').choices(['csv', 'json']).default('csv'))
    .addHelpText('after', help)
    .action(async (profile: string, options: PlanPipelineOptions) => {
      const { planPipeline } = await import('./planPipeline.ts');
      await planPipeline(profile, options);
    });
}
