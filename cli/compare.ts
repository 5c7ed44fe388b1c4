/** `perjoule compare`: runs against a baseline, per step, with an interval. */

import { type Command, Option } from 'commander';

export interface CompareOptions {
  readonly format: 'text' | 'json' | 'markdown';
  readonly failOn: 'worse' | 'never';
}

const help = `
A run is named by its number, its id, "last" or "last~1" (the one before the last). The first run is the baseline of
all the others. A run that is named alone is compared with its pinned baseline: see "perjoule baseline --help".
Exit status: 0 compared, 1 a run is worse and --fail-on worse was given, 2 no such run, wrong usage, or runs that
cannot be compared where --fail-on worse asks for a verdict.`;

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description('Compare runs with a baseline: what did a change save?')
    .argument('<runs...>', 'the baseline, and the runs after it')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'markdown']).default('text'),
    )
    .addOption(
      new Option('--fail-on <verdict>', 'exit with 1 for such a verdict')
        .choices(['worse', 'never'])
        .default('never'),
    )
    .addHelpText('after', help)
    .action(async (runs: readonly string[], options: CompareOptions) => {
      const { compareRuns } = await import('./compareRuns.ts');
      await compareRuns(runs, options);
    });
}
