/** `perjoule baseline`: pins the run that later runs of its script are held against. */

import type { Command } from 'commander';

const help = `
A run is named by its number, its id, "last" or "last~1" (the one before the last). Several may be pinned: each run is
held against the last one of its script that was pinned and began before it. "perjoule savings" adds up what was proven:
for it the pin has to stand before the later run begins.
Exit status: 0 done, 2 no such run.`;

export function registerBaseline(program: Command): void {
  program
    .command('baseline')
    .description('Pin a run as the baseline of the later runs of its script.')
    .argument('<run>', 'the run')
    .option('--off', 'take the pin away')
    .addHelpText('after', help)
    .action(async (word: string, { off }: { readonly off?: boolean }) => {
      const { withSampler } = await import('./sampler.ts');
      const { findRun, runsSearched } = await import('./findRun.ts');
      const { plain } = await import('./terminalText.ts');
      await withSampler('baseline', async (client) => {
        const run = findRun(await client.request('listRuns', { limit: runsSearched }), word);
        const name = `run ${run.number} (${plain(run.name)})`;
        if (off === true && run.baseline !== true) {
          process.stdout.write(`${name} was no baseline; nothing was changed.\n`);
          return;
        }
        await client.request('labelRun', { runId: run.runId, labels: { baseline: off !== true } });
        const now =
          off === true ? 'is no baseline any more' : 'is the baseline of the later runs of its script';
        process.stdout.write(`${name} ${now}.\n`);
      });
    });
}
