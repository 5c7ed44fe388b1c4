/** `perjoule sample`: readings of the power sources as they come, without any run. */

import { type Command, InvalidArgumentError, Option } from 'commander';

export interface SampleOptions {
  readonly source?: string;
  readonly prometheus?: string;
  /** File of a recorded run that stands for this machine. */
  readonly replay?: string;
  /** Without it, until it is stopped. */
  readonly seconds?: number;
  readonly hz: number;
  readonly format: 'table' | 'jsonl';
}

function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
    return value;
  };
}

const help = `
Nothing is recorded. Each reading carries its unit, its source and how it was obtained; a value that a device does
not give is "–" in the table and null in JSON. Ctrl-C ends it and prints the energy of the time that was sampled.
Exit status: 0, or 2 when no source gives readings.`;

export function registerSample(program: Command): void {
  program
    .command('sample')
    .description('Print power readings of this machine as they come.')
    .option('--source <name>', 'only this source, as "perjoule sources" names it')
    .option('--prometheus <url>', 'also GPUs of other machines, from this server')
    .addOption(
      new Option('--replay <file>', 'a recorded run instead of this machine, as it went').conflicts([
        'source',
        'prometheus',
      ]),
    )
    .option('--seconds <seconds>', 'stop after so long; without it, on Ctrl-C', between(0.1, 86_400))
    .option('--hz <rate>', 'readings a second, 1 to 20', between(1, 20), 1)
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'jsonl']).default('table'))
    .addHelpText('after', help)
    .action(async (options: SampleOptions) => {
      const { sampleSources } = await import('./sampleSources.ts');
      await sampleSources(options);
    });
}
