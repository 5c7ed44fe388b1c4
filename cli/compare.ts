/** `perjoule compare`: runs against a baseline, per step, with an interval. */

import { type Command, Option } from 'commander';

export interface CompareOptions {
  readonly format: 'text' | 'json' | 'markdown';
  readonly failOn: 'worse' | 'never';
  readonly a?: readonly string[];
  readonly b?: readonly string[];
}

const help = `
A run is named by its number, its id, "last" or "last~1" (the one before the last). The first run is the baseline of
all the others. A run that is named alone is compared with its pinned baseline: see "perjoule baseline --help".
With --a and --b several runs of each side are compared, --a being the baseline: how much runs of a side differ says
how sure a change is, and with three or more a side also one under 2 % may be told.
Where runs of a side differ by 1.5 %, three a side find a true 5 % in some six of ten comparisons, five in over nine.
Exit status: 0 compared, 1 a run is worse and --fail-on worse was given, 2 no such run, wrong usage, or runs that
cannot be compared where --fail-on worse asks for a verdict.`;

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description('Compare runs with a baseline: what did a change save?')
    .argument('[runs...]', 'the baseline, and the runs after it')
    .option('--a <runs...>', 'runs of the baseline side, two or more')
    .option('--b <runs...>', 'runs of the other side, two or more')
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
