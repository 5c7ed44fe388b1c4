/** `perjoule config`: what holds for a file, and where each value was said. */

import { type Command, Option } from 'commander';
import { type RuleOptions, ruleNames } from './ruleOptions.ts';

export interface ConfigOptions extends RuleOptions {
  readonly format: 'text' | 'json';
}

const help = `
For a folder: what holds for a file in it. From the strongest to the weakest word: a comment in the code, the command
line, [[tool.perjoule.overrides]] of the nearest pyproject.toml (the last that matches), its [tool.perjoule], the rule.
In the editor its settings take the place of the command line.
Exit status: 0 printed, 2 wrong usage or wrong settings.`;

export function registerConfig(program: Command): void {
  program
    .command('config')
    .description('Print the settings that hold for a file, and where each was said.')
    .argument('[path]', 'a file or folder', '.')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--select <rules>', 'as for "check"', ruleNames)
    .option('--ignore <rules>', 'as for "check"', ruleNames)
    .addHelpText('after', help)
    .action(async (path: string, options: ConfigOptions) => {
      const { showConfig } = await import('./showConfig.ts');
      process.exitCode = await showConfig(path, options);
    });
}
