import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../projectFolder.ts';
import { until } from '../until.ts';

const onLinux = process.platform === 'linux';

test('npm that is killed behind its shell ends the command', { skip: !onLinux && 'no /proc' }, async (t) => {
  const command = `
    process.on('SIGTERM', () => { console.log('told'); process.exit(); });
    console.log('ready ' + process.pid);
    setInterval(() => {}, 1000);
  `;
  // As npm does it: a shell between, which waits for the command and outlives npm.
  const launch = `"${process.execPath}" "${join(projectFolder, 'tools', 'launch.mjs')}" run -e "$COMMAND"; true`;
  const standIn = `require('node:child_process').spawn('sh', ['-c', process.env.LAUNCH], { stdio: 'inherit' })`;
  const npm = spawn(process.execPath, ['-e', standIn], {
    env: { ...process.env, npm_lifecycle_event: 'start', LAUNCH: launch, COMMAND: command },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  npm.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const pid = Number(
    await until(
      'the command',
      () => /ready (\d+)/.exec(output)?.[1],
      20_000,
      () => output,
    ),
  );
  t.after(() => {
    if (!output.includes('told')) process.kill(pid, 'SIGKILL');
  });
  npm.kill('SIGKILL');
  await until(
    'word that it is over',
    () => output.includes('told'),
    10_000,
    () => output,
  );
});
