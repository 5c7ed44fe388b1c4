import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pj-bootstrap-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const module = pathToFileURL(join(import.meta.dirname, 'toolFolder.mjs')).href;

/** Installs a file `content` that takes a while to write, in a process of its own. */
function install(
  target: string,
  content: string,
  end = '',
): Promise<{ code: number | null; output: string }> {
  const script = `
    import { installInto } from ${JSON.stringify(module)};
    import { writeFileSync } from 'node:fs';
    await installInto(${JSON.stringify(target)}, async (folder) => {
      writeFileSync(folder + '/content', ${JSON.stringify(content.slice(0, 1))});
      await new Promise((resolve) => setTimeout(resolve, 300));
      ${end}
      writeFileSync(folder + '/content', ${JSON.stringify(content)});
    });
  `;
  return runNode(['--input-type=module', '--eval', script]);
}

test('two installs at once leave one whole folder and nothing else', async (t) => {
  const folder = folderFor(t);
  const target = join(folder, '1.0.0');
  const ends = await Promise.all([install(target, 'first'), install(target, 'other')]);
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
  );
  assert.match(readFileSync(join(target, 'content'), 'utf8'), /^(first|other)$/);
  assert.deepEqual(readdirSync(folder), ['1.0.0']);
});

test('an install that is killed is not taken for a complete one, and what it left goes away later', async (t) => {
  const folder = folderFor(t);
  const target = join(folder, '1.0.0');
  await install(target, 'killed', 'process.kill(process.pid, "SIGKILL");');
  assert.equal(existsSync(target), false);
  const [left = ''] = readdirSync(folder);
  assert.match(left, /\.tmp$/);
  const longAgo = Date.now() / 1000 - 7200;
  utimesSync(join(folder, left), longAgo, longAgo);
  assert.equal((await install(target, 'whole')).code, 0);
  assert.equal(readFileSync(join(target, 'content'), 'utf8'), 'whole');
  assert.deepEqual(readdirSync(folder), ['1.0.0']);
});

test('a registry out of reach is one clear line', async (t) => {
  const folder = folderFor(t);
  const launch = join(import.meta.dirname, '..', 'launch.mjs');
  const { code, output } = await runNode([launch, 'ensure', 'floor-code-server'], {
    PERJOULE_TOOLS: join(folder, 'tools'),
    // Nothing listens there, and what an earlier install cached must not help.
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_cache: join(folder, 'cache'),
  });
  assert.equal(code, 1);
  const told = output.split('\n').filter((line) => line !== '' && !line.endsWith('…'));
  assert.equal(told.length, 1, output);
  assert.match(
    told[0] ?? '',
    /registry is out of reach \(ECONNREFUSED\), so Node .* could not be installed\. Check the network/,
  );
});

test('a folder for tools that cannot be written is one clear line', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'a-file');
  mkdirSync(folder, { recursive: true });
  await runNode(['--eval', `require('node:fs').writeFileSync(${JSON.stringify(file)}, '')`]);
  const launch = join(import.meta.dirname, '..', 'launch.mjs');
  const { code, output } = await runNode([launch, 'ensure', 'floor-code-server'], {
    PERJOULE_TOOLS: join(file, 'tools'),
  });
  assert.equal(code, 1);
  assert.match(output, /folder for tools cannot be written/);
});
