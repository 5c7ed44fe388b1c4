/** `perjoule rules`: every rule that there is. */

import { type Command, Option } from 'commander';

export interface RulesOptions {
  readonly format: 'text' | 'json';
}

export function registerRules(program: Command): void {
  program
    .command('rules')
    .description('List the rules; "perjoule explain RULE" tells more about one.')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (options: RulesOptions) => {
      const { listRules } = await import('./listRules.ts');
      listRules(options);
    });
}
