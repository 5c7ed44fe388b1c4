/**
 * A folder that somebody else wrote, as the working folder of every command: programs, libraries and settings in it that
 * would redirect the sampler, Python or a server's address are neither started nor asked.
 */

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { type CliEnd, runCli } from './runCli.ts';
import { makePlace, type Place } from './samplerHarness.ts';

const skip = process.platform === 'win32' ? 'programs are planted as shell scripts' : false;

interface Trap {
  readonly place: Place;
  /** The command line from inside the folder, with relative entries on its path. */
  run(args: readonly string[]): Promise<CliEnd>;
  /** What was started or asked of what is planted. */
  sprung(): readonly string[];
}

async function trap(context: TestContext): Promise<Trap> {
  const place = makePlace(context);
  const { folder } = place;
  place.fake.control({ mode: 'absent' });
  const canary = join(folder, 'started');
  const asked: string[] = [];
  const server = createServer((socket) => {
    asked.push('the address was asked');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

  const plant = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), 0o755);
  };
  const program = (name: string): string => `#!/bin/sh\necho ${name} >> '${canary}'\n`;
  for (const name of ['nvidia-smi', 'python3', 'python', 'node', 'macmon', 'ps', 'git']) {
    plant(name, program(name));
    plant(join('node_modules', '.bin', name), program(name));
  }
  const script = (name: string): string =>
    `require('node:fs').appendFileSync(${JSON.stringify(canary)}, ${JSON.stringify(`${name}\n`)});`;
  for (const name of ['sampler.js', 'dist/sampler.js', 'sampler/main.ts', 'index.js', 'koffi.node'])
    plant(name, script(name));
  for (const name of ['koffi', 'vscode-jsonrpc', 'commander']) {
    plant(`node_modules/${name}/index.js`, script(name));
    plant(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
  }
  if (noFakeNvml === false) copyFileSync(compileFakeNvml(), join(folder, 'libnvidia-ml.so.1'));
  const settings = {
    'perjoule.sampler.prometheusUrl': url,
    'perjoule.sampler.nvidiaSmiPath': join(folder, 'nvidia-smi'),
    'perjoule.sampler.nodePath': join(folder, 'node'),
    'perjoule.runs.pythonPath': join(folder, 'python3'),
    'perjoule.sampler.wallGain': 7,
  };
  plant('.vscode/settings.json', JSON.stringify(settings));
  plant('hostile.code-workspace', JSON.stringify({ folders: [{ path: '.' }], settings }));
  plant(
    'pyproject.toml',
    `[tool.perjoule]\nprometheus-url = "${url}"\nnvidia-smi = "./nvidia-smi"\n[tool.perjoule.sampler]\nprometheusUrl = "${url}"\n`,
  );
  plant(
    '.env',
    `PERJOULE_ROOT=${folder}\nZEUSD_SOCK_PATH=${folder}/z\nNODE_OPTIONS=--require ${folder}/index.js\n`,
  );
  plant('package.json', JSON.stringify({ name: 'perjoule', type: 'commonjs', main: 'index.js' }));
  plant('.npmrc', 'node-options=--require ./index.js\n');
  plant('train.py', 'import torch\n');
  return {
    place,
    run: (args) => runCli(place, args, undefined, ['', '.', 'node_modules/.bin']),
    sprung: () => [...(existsSync(canary) ? readFileSync(canary, 'utf8').trim().split('\n') : []), ...asked],
  };
}

test('sources, sample, check and run from a hostile folder start and ask nothing of it', {
  skip,
}, async (context) => {
  const { place, run, sprung } = await trap(context);
  // The driver's library is looked for as usual, where the folder has one too.
  place.environment['PERJOULE_NVML'] = 'libnvidia-ml.so.1';
  const listed = await run(['sources', '--format', 'json']);
  assert.equal(listed.code, 0, listed.stderr);
  const statuses = new Map(
    (JSON.parse(listed.stdout) as SourceStatus[]).map((status) => [status.id, status]),
  );
  assert.match(statuses.get('prometheus')?.detail ?? '', /nothing was asked/);
  assert.doesNotMatch(listed.stdout, /Test GPU/);
  assert.ok([0, 2].includes((await run(['sample', '--seconds', '1'])).code ?? -1));
  await run(['check', 'train.py']);
  const ran = await run(['run', '--no-check', '--', process.execPath, '-e', 'setTimeout(() => {}, 3000)']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.doesNotMatch(ran.stderr, /Test GPU|wall/);
  assert.equal((await run(['runs'])).code, 0);
  assert.deepEqual(sprung(), []);
});

test('the trap is one: what is planted springs where a person names it', { skip }, async (context) => {
  const { place, run, sprung } = await trap(context);
  await runCli(place, ['run', '--no-check', '--', join(place.folder, 'python3')]);
  assert.deepEqual(sprung(), ['python3']);
  const url = /"perjoule\.sampler\.prometheusUrl":"([^"]*)"/.exec(
    readFileSync(join(place.folder, '.vscode', 'settings.json'), 'utf8'),
  )?.[1];
  await run(['sources', '--prometheus', url ?? '']);
  assert.ok(sprung().includes('the address was asked'));
});

test('in the editor, whatever names a program, an address or this machine has machine scope', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    contributes: { configuration: readonly { properties: Record<string, { scope: string }> }[] };
  };
  const properties = Object.assign(
    {},
    ...manifest.contributes.configuration.map((part) => part.properties),
  ) as Record<string, { readonly scope: string }>;
  const named = Object.keys(properties).filter((id) => /^perjoule\.sampler\.|Path$|Url$/.test(id));
  assert.ok(named.length >= 8, `${named}`);
  for (const id of named) assert.equal(properties[id]?.scope, 'machine', id);
});
