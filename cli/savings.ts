/** `perjoule savings`: what was proven to be saved so far, beside what was used. */

import { type Command, Option } from 'commander';
import type { SavingsLedger } from '../contracts/savings.ts';

interface SavingsOptions {
  readonly format: 'text' | 'json' | 'markdown';
}

const help = `
Each run is held against the last run of its script that was pinned before it began ("perjoule baseline RUN"). Only runs
of this machine that compare as better enter, and where something tells that a step is the same work; what does not count
is listed with its reason. Simulated ones are listed apart and never added to real ones.
Exit status: 0, also where nothing was proven yet.`;

export function registerSavings(program: Command): void {
  program
    .command('savings')
    .description('Show what was proven to be saved so far, beside what the same projects used.')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'markdown']).default('text'),
    )
    .addHelpText('after', help)
    .action(async ({ format }: SavingsOptions) => {
      const { withSampler } = await import('./sampler.ts');
      const { ledgerText } = await import('./ledgerText.ts');
      const printed = (ledger: SavingsLedger, markdown: string): string => {
        if (format === 'json') return `${JSON.stringify({ version: 1, ...ledger }, null, 2)}\n`;
        return format === 'markdown' ? markdown : ledgerText(ledger);
      };
      await withSampler('savings', async (client) => {
        const { ledger, markdown } = await client.request('savings', null);
        process.stdout.write(printed(ledger, markdown));
      });
    });
}
