/** `perjoule runs`: what was recorded on this machine, newest first. */

import { type Command, InvalidArgumentError, Option } from 'commander';

export interface RunsOptions {
  readonly format: 'text' | 'json';
  readonly limit: number;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

export function registerRuns(program: Command): void {
  program
    .command('runs')
    .description('List the recorded runs of this machine.')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--limit <count>', 'how many at most', positive, 20)
    .action(async (options: RunsOptions) => {
      const { listRuns } = await import('./listRuns.ts');
      await listRuns(options);
    });
}
