import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePath, pngBytes, writeNew } from './newFile.ts';

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'perjoule-new-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function* pieces(...texts: readonly string[]): AsyncIterable<string> {
  yield* texts;
}

test('the pieces of a text become one file', async (context) => {
  const path = join(folderOf(context), 'run.csv');
  await writeNew(path, pieces('a,b\n', '', '1,ü\n'));
  assert.equal(readFileSync(path, 'utf8'), 'a,b\n1,ü\n');
  await writeNew(`${path}.png`, [Buffer.from([0x89, 0, 0xff])]);
  assert.deepEqual([...readFileSync(`${path}.png`)], [0x89, 0, 0xff]);
});

test('a file that is there stays as it is, behind a link too', async (context) => {
  const folder = folderOf(context);
  const [kept, link, nowhere] = [join(folder, 'kept'), join(folder, 'link'), join(folder, 'nowhere')];
  writeFileSync(kept, 'kept');
  symlinkSync(kept, link);
  symlinkSync(join(folder, 'made'), nowhere);
  for (const path of [kept, link, nowhere])
    await assert.rejects(writeNew(path, pieces('new')), { code: 'EEXIST' }, path);
  assert.equal(readFileSync(kept, 'utf8'), 'kept');
  assert.ok(!existsSync(join(folder, 'made')));
});

test('what fails or is called off half way leaves no file', async (context) => {
  const folder = folderOf(context);
  const path = join(folder, 'run.json');
  async function* failing(): AsyncIterable<string> {
    yield 'half';
    throw new Error('the sampler is gone');
  }
  await assert.rejects(writeNew(path, failing()), /the sampler is gone/);
  assert.ok(!existsSync(path));
  const called = new AbortController();
  async function* stopped(): AsyncIterable<string> {
    yield 'half';
    called.abort();
    yield 'the rest';
  }
  await assert.rejects(writeNew(path, stopped(), called.signal), { name: 'AbortError' });
  assert.ok(!existsSync(path));
});

test('the name that is proposed is free', async (context) => {
  const folder = folderOf(context);
  assert.equal(await freePath(folder, 'run-14', 'csv'), join(folder, 'run-14.csv'));
  for (const taken of ['run-14.csv', 'run-14-2.csv']) writeFileSync(join(folder, taken), '');
  assert.equal(await freePath(folder, 'run-14', 'csv'), join(folder, 'run-14-3.csv'));
  assert.equal(await freePath(folder, 'run-14', 'json'), join(folder, 'run-14.json'));
});

test('only a PNG file is taken for a picture', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2]);
  assert.deepEqual(pngBytes(png.toString('base64')), png);
  for (const other of ['', 'iVBORw', Buffer.from('<svg></svg>').toString('base64'), 'A'.repeat(2 ** 25 + 4)])
    assert.equal(pngBytes(other), null, other.slice(0, 20));
});
