/** `perjoule check`: the same checker as in the editor, on files and folders. */

import { type Command, Option } from 'commander';

const severities = ['error', 'warning', 'information', 'hint'] as const;
const formats = ['text', 'json', 'sarif', 'github'] as const;

export type FailOn = (typeof severities)[number] | 'never';
export type Format = (typeof formats)[number];

export interface CheckOptions {
  readonly format: Format;
  readonly select?: readonly string[];
  readonly ignore?: readonly string[];
  readonly failOn: FailOn;
  readonly fix?: true;
  readonly stats?: true;
  readonly stdinFilename?: string;
}

const names = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
];

const help = `
Exit status: 0 nothing found at or above the bar, 1 something found, 2 wrong usage, a named
file or folder that cannot be read, or an internal problem.
Files that git ignores, hidden folders and virtual environments are skipped; a file that is named is always checked.`;

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('Find code that wastes GPU energy in Python files.')
    .argument('[path...]', 'files and folders, or - for standard input', ['.'])
    .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
    .option('--select <rules>', 'only these rules, separated by commas', names)
    .option('--ignore <rules>', 'all but these rules', names)
    .addOption(
      new Option('--fail-on <level>', 'lowest severity that makes the exit status 1')
        .choices([...severities, 'never'])
        .default('warning'),
    )
    .option('--fix', 'apply the safe fixes, then report what is left')
    .option('--stats', 'print how much was read and how long it took')
    .option('--stdin-filename <path>', 'name of the text from standard input')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], options: CheckOptions) => {
      const { check } = await import('./checkFiles.ts');
      process.exitCode = await check(paths, options, program.version() ?? '0.0.0');
    });
}
