/** `perjoule sources`: what can measure power on this machine, and why the rest cannot. */

import { type Command, Option } from 'commander';

export interface SourcesOptions {
  readonly format: 'text' | 'json';
  readonly prometheus?: string;
}

const help = `
Each source that was not found says why, and the one thing that would change it.
Exit status: 0 also when none was found, 2 wrong usage.`;

export function registerSources(program: Command): void {
  program
    .command('sources')
    .description('List the power sources of this machine: found, or why not and what to do.')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--prometheus <url>', 'also ask this server for GPUs of other machines')
    .addHelpText('after', help)
    .action(async (options: SourcesOptions) => {
      const { listSources } = await import('./listSources.ts');
      await listSources(options);
    });
}
