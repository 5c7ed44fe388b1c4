/** `perjoule run -- CMD`: runs the command as it would run without us, and measures it. */

import type { Command } from 'commander';

export interface RunOptions {
  readonly name?: string;
  readonly check: boolean;
  readonly summary?: string;
  /** Files that are there are taken away before the start: what stands there afterwards is of this run. */
  readonly force?: boolean;
  /** File that the run is written to while it goes on. */
  readonly out?: string;
  /** Sample the lines of Python programs from inside. */
  readonly probe: boolean;
}

const help = `
The command keeps its terminal, its output and its exit status. Steps are read from the output where it goes to
a file or a pipe; a terminal is handed to the command itself. What was measured is printed to standard error.
With --probe, Python programs start a thread that notes the main thread's line 20 times a second and counts optimizer
steps; it is put in by PYTHONPATH and changes nothing else. Without it a run in a terminal, or one whose output shows no
progress, has no steps and so no energy per step.
The file of --out can be read by "perjoule import" on another machine, also while the run goes on.`;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('Run a command and measure the energy its GPUs use.')
    .argument('<command...>', 'the command, after --')
    .option('--name <name>', 'name of the run')
    .option('--no-check', 'do not look for the causes of waste in the script')
    .option(
      '--probe',
      'sample the lines of Python programs from inside, and print where the joules went',
      false,
    )
    .option('--summary <file>', 'write the figures to this new file as JSON')
    .option('--out <file>', 'write the whole run to this new file, from its start on')
    .option('--force', 'replace the files of --summary and --out that are there already')
    .addHelpText('after', help)
    .passThroughOptions()
    .action(async (command: readonly string[], options: RunOptions) => {
      const { runMeasured } = await import('./runMeasured.ts');
      await runMeasured(command, options);
    });
}
