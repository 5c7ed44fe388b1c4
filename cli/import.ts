/** `perjoule import`: runs from a file into this machine's list. */

import type { Command } from 'commander';

const help = `
Reads a run that Perjoule wrote (export, or run --out, also while it grows), emissions.csv of CodeCarbon and the log
file of Zeus' ZeusMonitor. Everything is checked first; a run that is here already is left as it is, and an imported
run says so wherever it is shown. The forms are described in docs/run-files.md.
Exit status: 0 imported, 1 some runs were here already, 2 the file cannot be used.`;

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Read runs from a file of Perjoule, CodeCarbon or Zeus.')
    .argument('<file>', 'the file')
    .addHelpText('after', help)
    .action(async (file: string) => {
      const { importFile } = await import('./importFile.ts');
      await importFile(file);
    });
}
