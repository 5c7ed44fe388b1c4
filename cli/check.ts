/** `perjoule check`: the same checker as in the editor, on files and folders. */

import { type Command, Option } from 'commander';
import { type RuleOptions, ruleNames } from './ruleOptions.ts';

const severities = ['error', 'warning', 'information', 'hint'] as const;
const formats = ['text', 'json', 'sarif', 'github'] as const;

export type FailOn = (typeof severities)[number] | 'never';
export type Format = (typeof formats)[number];

export interface CheckOptions extends RuleOptions {
  readonly format: Format;
  readonly failOn: FailOn;
  readonly fix?: true;
  readonly stats?: true;
  readonly stdinFilename?: string;
  /** Only files that differ from this commit. */
  readonly changed?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

const help = `
Rules are named by their name, their family, or "stable", "preview" and "all"; "perjoule rules" lists them.
What the options leave open is set in [tool.perjoule] of pyproject.toml; "perjoule config" shows what holds.
Exit status: 0 nothing found at or above the bar, 1 something found, 2 wrong usage or settings, a named
file or folder that cannot be read, is no Python or has a syntax error, or an internal problem.
Files that git ignores, hidden folders and virtual environments are skipped; a file that is named is always checked.`;

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('Find code that wastes GPU energy in Python files and notebooks.')
    .argument('[path...]', 'files and folders, or - for standard input', ['.'])
    .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
    .option('--select <rules>', 'only these rules, separated by commas', ruleNames)
    .option('--ignore <rules>', 'all but these rules', ruleNames)
    .addOption(
      new Option('--fail-on <level>', 'lowest severity that makes the exit status 1')
        .choices([...severities, 'never'])
        .default('warning'),
    )
    .option('--fix', 'apply the safe fixes, then report what is left')
    .option('--changed <base>', 'only files that differ from this commit or branch, as git says')
    .option('--baseline <file>', 'leave out what this file knows')
    .option('--write-baseline <file>', 'write what is found to this file, for --baseline')
    .option('--stats', 'print how much was read and how long it took')
    .option('--stdin-filename <path>', 'name of the text from standard input')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], options: CheckOptions) => {
      const { check } = await import('./checkFiles.ts');
      process.exitCode = await check(paths, options, program.version() ?? '0.0.0');
    });
}
