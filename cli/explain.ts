/** `perjoule explain NAME`: the page of a rule or of a kind of waste, without a network. */

import { type Command, Option } from 'commander';
import { generalPage, wastePageNamed, wastePages } from '../contracts/teach.ts';

export interface ExplainOptions {
  readonly format: 'text' | 'json';
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('Explain a rule or a kind of waste: what it is, why it costs energy, what to do.')
    .argument('<name>', `name of the rule, or ${[...wastePages, generalPage].join(', ')}`)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (name: string, options: ExplainOptions) => {
      const waste = wastePageNamed(name);
      if (waste !== undefined) {
        const { explainWaste } = await import('./explainWaste.ts');
        await explainWaste(waste, options);
        return;
      }
      const { explainRule } = await import('./explainRule.ts');
      await explainRule(name, options);
    });
}
