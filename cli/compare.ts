/** `perjoule compare`: two runs side by side, per step, with an interval. */

import { type Command, Option } from 'commander';

export interface CompareOptions {
  readonly format: 'text' | 'json' | 'markdown';
}

const help = `
A run is named by its number, its id, "last" or "last~1" (the one before the last).
Exit status: 0 compared, 2 no such run or wrong usage.`;

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description('Compare two runs: what did a change save?')
    .argument('<baseline>', 'the earlier run')
    .argument('<run>', 'the later run')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'markdown']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (baseline: string, run: string, options: CompareOptions) => {
      const { compareTwo } = await import('./compareTwo.ts');
      await compareTwo(baseline, run, options);
    });
}
