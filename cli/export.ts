/** `perjoule export`: a run as a file for other programs and other machines. */

import { type Command, Option } from 'commander';

export interface ExportOptions {
  readonly format: 'json' | 'csv';
  readonly out?: string;
  readonly force?: boolean;
}

const help = `
A run is named by its number, its id, "last" or "last~1" (the one before the last). The file holds every sample,
the figures and the step marks; "perjoule import" reads it. The form is described in docs/run-files.md.
Exit status: 0 written, 2 no such run or the file cannot be written.`;

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('Write a recorded run to a file.')
    .argument('<run>', 'the run')
    .addOption(new Option('--format <format>', 'how to write').choices(['json', 'csv']).default('json'))
    .option('--out <file>', 'where to; standard output without it')
    .option('--force', 'replace a file that is there already')
    .addHelpText('after', help)
    .action(async (run: string, options: ExportOptions) => {
      const { exportRun } = await import('./exportRun.ts');
      await exportRun(run, options);
    });
}
