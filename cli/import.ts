/** `perjoule import`: runs from a file, or from a server's past, into this machine's list. */

import type { Command } from 'commander';

export interface ImportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly job?: string;
  readonly pod?: string;
}

const help = `
Reads a run that Perjoule wrote (export, or run --out, also while it grows), emissions.csv of CodeCarbon and the log
file of Zeus' ZeusMonitor. Everything is checked first; a run that is here already is left as it is, and an imported
run says so wherever it is shown. The forms are described in docs/run-files.md.
An address such as http://prometheus.example:9090 with --from and --to reads what GPUs drew in that time; --job and
--pod take those only that the exporter says the job or pod held.
Exit status: 0 imported, 1 some runs were here already, 2 the file or server cannot be used.`;

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Read runs from a file of Perjoule, CodeCarbon or Zeus, or from a Prometheus.')
    .argument('<file>', 'the file, or the address of a Prometheus')
    .option('--from <time>', 'start, as 2026-05-30T14:00:00Z')
    .option('--to <time>', 'end; now without it')
    .option('--job <id>', 'only the GPUs of this Slurm job')
    .option('--pod <name>', 'only the GPUs of this pod')
    .addHelpText('after', help)
    .action(async (file: string, options: ImportOptions) => {
      const { importFile } = await import('./importFile.ts');
      await importFile(file, options);
    });
}
