/** `perjoule explain RULE`: the rule's page, without a network. */

import { type Command, Option } from 'commander';

export interface ExplainOptions {
  readonly format: 'text' | 'json';
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('Explain a rule: what it finds, why that costs energy, what to do.')
    .argument('<rule>', 'name of the rule')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (rule: string, options: ExplainOptions) => {
      const { explainRule } = await import('./explainRule.ts');
      await explainRule(rule, options);
    });
}
