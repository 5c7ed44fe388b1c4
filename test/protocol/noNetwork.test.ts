// No network use unless configured. Every process we start is watched twice: a hook loaded before its own code writes
// down each attempt to reach anything but a local socket, and the kernel's tables are read while it lives.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { endProcessesMarked, processesMarked } from '../../tools/vscode/processes.ts';
import { watchConnections } from '../network/connectionWatch.ts';
import { LanguageClient } from './languageClient.ts';

const run = promisify(execFile);
const hook = pathToFileURL(join(projectFolder, 'test', 'network', 'attemptHook.mjs')).href;
const dist = (name: string): string => join(projectFolder, 'dist', name);

test('checker, sampler, command line and the measured program reach nothing outside this machine', async (t) => {
  if (process.platform !== 'linux') return t.skip('the kernel tables that are read are Linux’s');
  const root = mkdtempSync(join(tmpdir(), 'pj-net-'));
  const attempts = join(root, 'attempts');
  for (const name of ['run', 'state', 'home']) mkdirSync(join(root, name), { mode: 0o700 });
  const env = {
    ...process.env,
    HOME: join(root, 'home'),
    XDG_RUNTIME_DIR: join(root, 'run'),
    XDG_STATE_HOME: join(root, 'state'),
    NODE_OPTIONS: `--import=${hook}`,
    NETWORK_ATTEMPTS: attempts,
    PERJOULE_SIM: join(root, 'demo', '.perjoule', 'sim.jsonl'),
  };
  const watch = watchConnections(() => processesMarked(root).map((found) => found.pid));
  t.after(async () => {
    watch.stop();
    await endProcessesMarked(root);
    rmSync(root, { recursive: true, force: true });
  });
  cpSync(join(projectFolder, 'demo'), join(root, 'demo'), { recursive: true });

  await run(process.execPath, [dist('cli.js'), 'check', join(root, 'demo'), '--fail-on', 'error'], { env });

  // Started by hand, because a sampler that is started as usual takes no NODE_OPTIONS along.
  spawn(process.execPath, ['--import', hook, dist('sampler.js')], {
    env: { ...env, PERJOULE_GRACE_MS: '60000' },
    stdio: 'ignore',
  });

  const measured = spawn(
    process.execPath,
    [dist('cli.js'), 'run', '--', 'python3', 'train.py', '--epochs', '1', '--steps', '6'],
    { cwd: join(root, 'demo'), env, stdio: 'ignore' },
  );
  const code = await new Promise<number | null>((resolve) => measured.once('exit', resolve));
  assert.equal(code, 0);
  await run(process.execPath, [dist('cli.js'), 'runs'], { env });

  const saved = { ...process.env };
  Object.assign(process.env, { NODE_OPTIONS: env.NODE_OPTIONS, NETWORK_ATTEMPTS: attempts });
  try {
    const client = await LanguageClient.start(dist('server.js'));
    const path = join(root, 'demo', 'train.py');
    const uri = pathToFileURL(path).href;
    await client.open(uri, readFileSync(path, 'utf8'));
    assert.notDeepEqual(await client.diagnostics(uri), []);
    client.process.kill();
  } finally {
    process.env = saved;
  }

  const watched = (): readonly string[] =>
    existsSync(attempts) ? readFileSync(attempts, 'utf8').trim().split('\n') : [];
  // Command line three times, sampler, language server.
  await until(
    'every process to be watched',
    () => watched().filter((line) => line.endsWith(' watched')).length >= 5,
  );
  assert.deepEqual(
    watched().filter((line) => !line.endsWith(' watched')),
    [],
  );
  assert.deepEqual(watch.stop(), []);
});

// What the test above relies on: a process that does reach out is written down, whatever came of it.
for (const [what, code, seen] of [
  ['a connection', "require('node:net').connect(9, '192.0.2.1')", 'connect 192.0.2.1:9'],
  ['a datagram', "require('node:dgram').createSocket('udp4').send('x', 9, '192.0.2.1')", 'datagram'],
  ['a fetch', "fetch('http://192.0.2.1:9/')", 'fetch http://192.0.2.1:9/'],
] as const) {
  test(`${what} that leads off this machine is seen`, async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'pj-net-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const attempts = join(root, 'attempts');
    // 192.0.2.1 is reserved for documentation: nobody answers, so it fails at once or would wait for long.
    const child = spawn(process.execPath, ['--import', hook, '-e', code], {
      env: { ...process.env, NETWORK_ATTEMPTS: attempts },
      stdio: 'ignore',
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines = (): string => (existsSync(attempts) ? readFileSync(attempts, 'utf8') : '');
    try {
      await until('the attempt to be written down', () => lines().includes(seen), 5_000, lines);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  });
}
