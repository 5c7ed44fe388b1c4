import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LimitControl, LimitError } from './limitControl.ts';
import { LimitJournal } from './limitJournal.ts';
import { LimitKeeper } from './limitKeeper.ts';

interface Board {
  limitW: number;
  gone: boolean;
  onSet(): void;
}

const device = { uuid: 'GPU-1', index: 0, name: 'Board' };

interface Bench {
  readonly board: Board;
  readonly keeper: () => LimitKeeper;
  readonly file: string;
}

/** @param blocked text of a file where the journal's folder would be */
function boardAnd(context: TestContext, blocked?: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'pj-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const board: Board = { limitW: 300, gone: false, onSet: () => undefined };
  const control: LimitControl = {
    id: 'nvidia-smi',
    range: async () =>
      board.gone ? null : { currentW: board.limitW, defaultW: 300, leastW: 100, mostW: 300 },
    async set(_, limitW) {
      board.onSet();
      await new Promise((resolve) => setTimeout(resolve, 20));
      board.limitW = limitW;
    },
    command: () => null,
  };
  const journal = join(folder, 'store');
  if (blocked !== undefined) writeFileSync(journal, blocked);
  const keeper = (): LimitKeeper => new LimitKeeper([control], new LimitJournal(journal));
  return { board, keeper, file: join(journal, 'power-limits.json') };
}

async function set(keeper: LimitKeeper, limitW: number): Promise<void> {
  const found = await keeper.find(device);
  assert.ok(found !== null);
  await keeper.set(device, found.control, limitW);
}

test('what stood before is on disk when the board is told, and gone when it stands again', async (context) => {
  const { board, keeper, file } = boardAnd(context);
  const first = keeper();
  board.onSet = () => assert.match(readFileSync(file, 'utf8'), /"previousW":300/);
  await set(first, 200);
  board.onSet = () => undefined;
  await set(first, 150);
  assert.equal(await first.restore(), true);
  assert.equal(board.limitW, 300);
  assert.equal(existsSync(file), false);
});

test('the next sampler puts back what a killed one has left, also when the kill came before the set', async (context) => {
  const { board, keeper } = boardAnd(context);
  await set(keeper(), 200);
  const next = keeper();
  assert.equal(next.hasChanged, true);
  await next.restore();
  assert.equal(board.limitW, 300);
  board.onSet = () => {
    throw new LimitError({ reason: 'timeout', message: 'hung', remedy: null });
  };
  await assert.rejects(set(keeper(), 150), /hung/);
  board.onSet = () => assert.fail('the board has its own limit: nothing is to be set');
  assert.equal(await keeper().restore(), true);
});

test('a restore that is asked for while a limit is being set comes after it', async (context) => {
  const { board, keeper, file } = boardAnd(context);
  const one = keeper();
  const setting = set(one, 200);
  await new Promise((resolve) => setImmediate(resolve));
  const restored = one.restore();
  await setting;
  assert.equal(await restored, true);
  assert.equal(board.limitW, 300);
  assert.equal(existsSync(file), false);
});

test('what stood before is read when the limit is set, after what was put back', async (context) => {
  const { board, keeper } = boardAnd(context);
  await set(keeper(), 150);
  const next = keeper();
  const found = await next.find(device);
  assert.equal(found?.range.currentW, 150);
  assert.ok(found !== null);
  await next.restore();
  await next.set(device, found.control, 200);
  await next.restore();
  assert.equal(board.limitW, 300);
});

test('a limit that somebody else has set since stays', async (context) => {
  const { board, keeper } = boardAnd(context);
  const one = keeper();
  await set(one, 200);
  board.limitW = 220;
  assert.equal(await one.restore(), true);
  assert.equal(board.limitW, 220);
});

test('a board that is gone keeps its place until it is back', async (context) => {
  const { board, keeper } = boardAnd(context);
  const one = keeper();
  await set(one, 200);
  board.gone = true;
  assert.equal(await one.restore(), false);
  board.gone = false;
  assert.equal(await keeper().restore(), true);
  assert.equal(board.limitW, 300);
});

test('nothing is set where nothing can be written down', async (context) => {
  const { board, keeper } = boardAnd(context, 'a file, no folder');
  await assert.rejects(set(keeper(), 200), /cannot be written down/);
  assert.equal(board.limitW, 300);
});

test('a file that says nothing of limits changes nothing', async (context) => {
  const { board, keeper, file } = boardAnd(context);
  mkdirSync(dirname(file));
  for (const text of ['', '{', '[{"uuid":1}]', '{"a":1}', 'null']) {
    writeFileSync(file, text);
    const one = keeper();
    assert.equal(one.hasChanged, false);
    await one.restore();
  }
  assert.equal(board.limitW, 300);
});
