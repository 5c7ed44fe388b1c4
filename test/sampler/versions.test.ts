/** Samplers and windows of different versions on one machine: copies of the sampler's sources that say another number. */

import assert from 'node:assert/strict';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunSummary } from '../../contracts/runs.ts';
import { isNewer, productVersion } from '../../contracts/version.ts';
import { connectSampler, type SamplerClient, SamplerUnavailableError } from '../../sampler/connect.ts';
import { runCli } from './runCli.ts';
import { followOf, isAlive, makePlace, type Place, pause, until, untilRun } from './samplerHarness.ts';

const skip = process.platform === 'linux' ? false : 'processes are followed on Linux';
const project = fileURLToPath(new URL('../../', import.meta.url));
const newer = '99.0.0';

/** Main file of a sampler that says this version, and speaks another protocol where one is named. */
function samplerOf(place: Place, version: string, protocol?: number): string {
  const folder = join(place.folder, `perjoule-${version}-${protocol ?? 'same'}`);
  for (const room of ['sampler', 'contracts', 'insight'])
    cpSync(join(project, room), join(folder, room), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const change = (path: string, from: string | RegExp, to: string): void => {
    const text = readFileSync(join(folder, path), 'utf8');
    assert.notEqual(text.replace(from, to), text);
    writeFileSync(join(folder, path), text.replace(from, to));
  };
  change('contracts/version.ts', `'${productVersion}'`, `'${version}'`);
  if (protocol !== undefined)
    change(
      'contracts/samplerProtocol.ts',
      /samplerProtocolVersion = \d+/,
      `samplerProtocolVersion = ${protocol}`,
    );
  return join(folder, 'sampler', 'main.ts');
}

/** An editor's window of that version. */
async function window(
  context: TestContext,
  place: Place,
  version: string,
  samplerPath: string,
): Promise<SamplerClient> {
  const client = await connectSampler({
    samplerPath,
    client: { name: 'vscode', version },
    environment: place.environment,
    settings: { rateHz: 10, nvidiaSmiPath: place.fake.path },
    reconnects: true,
    timeoutMs: 30_000,
  });
  place.owns(client.hello.pid);
  context.after(() => client.close());
  return client;
}

const retirement = (client: SamplerClient): Promise<string> =>
  new Promise((resolve) => client.on('retiring', ({ version }) => resolve(version)));

// They wait for most of their time.
describe('versions on one machine', { concurrency: 2 }, () => {
  test('two windows of different versions and the command line share the older sampler until its runs end, then the newer', {
    skip,
  }, async (context) => {
    const place = makePlace(context);
    const olderPath = samplerOf(place, '0.0.1');
    const newerPath = samplerOf(place, newer);
    const older = await window(context, place, '0.0.1', olderPath);
    assert.equal(older.hello.version, '0.0.1');
    const child = place.start(process.execPath, ['-e', 'setTimeout(() => {}, 4000)']);
    place.fake.control({ pids: [child.pid] });
    await older.request('follow', followOf(child.pid));
    await untilRun(older, 'its GPU', ({ devices }) => devices.length === 1);

    const second = await window(context, place, newer, newerPath);
    assert.deepEqual([second.hello.version, second.hello.pid], ['0.0.1', older.hello.pid]);
    const retired = Promise.all([retirement(older), retirement(second)]);
    // Meanwhile the command line, of the version between the two, lists the run and has one of its own.
    const listed = await runCli(place, ['runs', '--format', 'json']);
    assert.equal((JSON.parse(listed.stdout) as RunSummary[]).length, 1, listed.stderr);
    const command = runCli(place, [
      'run',
      '--no-check',
      '--',
      process.execPath,
      '-e',
      'setTimeout(() => {}, 5000)',
    ]);
    await untilRun(second, 'the second run', ({ number, state }) => number === 2 && state === 'live');
    await until('the end of the first', async () => {
      const runs = await second.request('listRuns', { limit: 5 });
      return runs.some(({ number, state }) => number === 1 && state === 'ended');
    });
    assert.ok(isAlive(older.hello.pid), 'a run still lives');
    const { code, stderr } = await command;
    assert.equal(code, 0, stderr);
    assert.deepEqual(await retired, [newer, newer]);
    await until('the older sampler to end', () => !isAlive(older.hello.pid));

    const next = await window(context, place, newer, newerPath);
    assert.equal(next.hello.version, newer);
    const again = await window(context, place, '0.0.1', olderPath);
    assert.equal(again.hello.pid, next.hello.pid);
    const runs = await again.request('listRuns', { limit: 5 });
    assert.deepEqual(
      runs.map(({ number, state }) => [number, state]),
      [
        [2, 'ended'],
        [1, 'ended'],
      ],
    );
    assert.ok((runs[1]?.totals.energyJ ?? 0) > 100, `${runs[1]?.totals.energyJ}`);
    // The newer one does not end for an older window.
    await pause(1500);
    assert.ok(isAlive(next.hello.pid));
  });

  test('while the command line works no sampler is taken from it; a newer one of another protocol takes over too', {
    skip,
  }, async (context) => {
    const place = makePlace(context);
    const olderPath = samplerOf(place, '0.0.1');
    const newerPath = samplerOf(place, newer, 77);
    const cli = await connectSampler({
      samplerPath: olderPath,
      client: { name: 'cli', version: productVersion },
      environment: place.environment,
    });
    place.owns(cli.hello.pid);
    const older = await window(context, place, '0.0.1', olderPath);
    const other = await import(join(newerPath, '..', 'connect.ts'));
    const refused = async (): Promise<SamplerClient | null> => {
      try {
        const connected = (await (other as { connectSampler: typeof connectSampler }).connectSampler({
          samplerPath: newerPath,
          client: { name: 'vscode', version: newer },
          environment: place.environment,
          reconnects: true,
        })) as SamplerClient;
        place.owns(connected.hello.pid);
        context.after(() => connected.close());
        return connected;
      } catch (error) {
        assert.equal((error as Partial<SamplerUnavailableError>).reason, 'otherProtocol');
        assert.match(String(error), /of another version \(0\.0\.1\) still follows runs/);
        return null;
      }
    };
    assert.equal(await refused(), null);
    await pause(1500);
    assert.ok(isAlive(cli.hello.pid), 'a client that would be left alone');
    assert.deepEqual(await cli.request('listRuns', { limit: 1 }), []);
    const retired = retirement(older);
    cli.close();
    assert.equal(await retired, newer);
    const connected = await until('the newer sampler', refused);
    assert.equal(connected.hello.version, newer);
    await assert.rejects(
      window(context, place, '0.0.1', olderPath),
      (error) => error instanceof SamplerUnavailableError && /reload the window/.test(error.message),
    );
  });

  test('nothing is handed over to a window whose own sampler could not be started', {
    skip,
  }, async (context) => {
    const place = makePlace(context);
    const broken = join(place.folder, 'broken.mjs');
    writeFileSync(broken, "throw new Error('broken');");
    const olderPath = samplerOf(place, '0.0.1');
    await assert.rejects(window(context, place, newer, broken), /could not be started/);
    const older = await window(context, place, '0.0.1', olderPath);
    const second = await window(context, place, newer, broken);
    assert.equal(second.hello.pid, older.hello.pid);
    await pause(2000);
    assert.ok(isAlive(older.hello.pid));
    // Another window's newer one is no worse for it.
    const retired = retirement(older);
    await window(context, place, newer, samplerOf(place, newer));
    assert.equal(await retired, newer);
  });

  test('versions are compared by their numbers', () => {
    assert.ok(isNewer('0.10.0', '0.9.9'));
    assert.ok(isNewer('1.0.0', '0.99.1'));
    assert.ok(!isNewer('0.1.0', '0.1.0'));
    assert.ok(!isNewer('0.9.9', '0.10.0'));
    assert.ok(!isNewer('nonsense', '0.0.1'));
  });
});
