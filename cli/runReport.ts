/** `perjoule report`: one run as a page to read or to keep with a model. */

import { type Command, InvalidArgumentError, Option } from 'commander';

export interface ReportCommandOptions {
  readonly format: 'markdown' | 'json';
  readonly out?: string;
  readonly force?: boolean;
  /** g CO2e for each kWh. */
  readonly intensity?: number;
}

const help = `
A run is named by its number, its id, "last" or "last~1" (the one before the last). A run that was measured ends with
the block for a model card; carbon stands in it only with --intensity, as none is ever assumed.
Exit status: 0 written, 2 no such run or the file cannot be written.`;

function intensity(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be grams of CO2e for each kWh.');
  return value;
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('Write the report of a recorded run.')
    .argument('<run>', 'the run')
    .addOption(
      new Option('--format <format>', 'how to write').choices(['markdown', 'json']).default('markdown'),
    )
    .option('--out <file>', 'where to; standard output without it')
    .option('--force', 'replace a file that is there already')
    .option('--intensity <grams>', 'your grid’s grams of CO2e for each kWh', intensity)
    .addHelpText('after', help)
    .action(async (run: string, options: ReportCommandOptions) => {
      const { writeReport } = await import('./writeReport.ts');
      await writeReport(run, options);
    });
}
