/** `perjoule trace`: a trace of PyTorch's profiler, alone or held against a run. */

import { type Command, Option } from 'commander';

export interface TraceOptions {
  readonly run?: string;
  readonly format: 'text' | 'json' | 'markdown';
}

const help = `
FILE is what torch.profiler writes (export_chrome_trace, tensorboard_trace_handler), also packed as .json.gz. With
--run, the run's hints and kinds of waste are confirmed or retired: profile with with_stack=True to tell lines apart.
Where a function holds several hints that one wait may belong to, none of them is decided. This command changes no
hint: opened in the editor beside the run, the trace's verdicts stand at the hints too, until their text changes.
Exit status: 0 read, 2 no such file, no trace, no such run.`;

export function registerTrace(program: Command): void {
  program
    .command('trace')
    .description('Read a trace of the PyTorch profiler, beside a run: which hints does it confirm?')
    .argument('<file>', 'the trace, .json or .json.gz')
    .option('--run <run>', 'the run that was traced: number, id, "last" or "last~1"')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'markdown']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (file: string, options: TraceOptions) => {
      const { showTrace } = await import('./showTrace.ts');
      await showTrace(file, options);
    });
}
