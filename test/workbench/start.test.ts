// `npm start` as a newcomer uses it, up to the Ctrl-C that must leave nothing: not the server, not the program that
// runs in its terminal, not the sampler, which detaches itself on purpose.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { endProcessesMarked, processesMarked } from '../../tools/vscode/processes.ts';
import { launchBrowser } from './harness/browser.ts';

test('npm start opens the demo, and Ctrl-C leaves nothing running', { timeout: 240_000 }, async (t) => {
  const launch = join(projectFolder, 'tools', 'launch.mjs');
  const child = spawn(process.execPath, [launch, 'start', '--no-open'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const address = await until(
    'the address',
    () => /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(output)?.[0],
    120_000,
    () => output,
  );
  const root = dirname(new URL(address).searchParams.get('folder') ?? '');
  assert.match(root, /^\/tmp\/pj-/);
  t.after(() => endProcessesMarked(root));
  await until('all it has to say', () => output.includes('Ctrl-C'));
  for (const thing of ['1. ', '2. ', '3. ']) assert.ok(output.includes(`  ${thing}`), output);

  const browser = await launchBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(address);
  await page.getByRole('treeitem', { name: 'train.py' }).first().dblclick({ timeout: 60_000 });
  await page.locator('.tab.active[data-resource-name="train.py"]').waitFor();
  const running = (text: string): boolean =>
    processesMarked(root).some(({ command }) => command.includes(text));
  await page.keyboard.press('Control+Shift+`');
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus({ timeout: 30_000 });
  await until(
    'the program and the sampler that follows it',
    async () => {
      if (!running('train.py')) {
        // Keys typed before the prompt is there are lost.
        await page.keyboard.type('python train.py');
        await page.keyboard.press('Enter');
        await until('the program', () => running('train.py'), 5000).catch(() => false);
      }
      return running('train.py') && running('sampler.js');
    },
    60_000,
    () => processesMarked(root),
  );

  // A terminal's Ctrl-C reaches the whole group.
  process.kill(-(child.pid ?? 0), 'SIGINT');
  assert.equal(await ended, 0, output);
  assert.deepEqual(processesMarked(root), []);
  assert.equal(existsSync(root), false);
});
