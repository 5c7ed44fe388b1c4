import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HintMemory } from './hintMemory.ts';

const hint = (rule: string, said: string) => ({ rule, path: '/p/train.py', regionHash: 'h', said });
type Hint = ReturnType<typeof hint>;

/** The workspace's memory, which outlives the window. */
function memento() {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: (key: string, otherwise?: unknown) => kept.get(key) ?? otherwise,
    update: async (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
  } as never;
}

test('the later one stands for a place, goes with its run, and all go when cleared', () => {
  const memory = memento();
  let told: readonly Hint[] = [];
  const open = () => new HintMemory<Hint>(memory, 'key', (hints) => (told = hints));
  const hints = open();
  hints.learn('second', 2, [hint('a', 'new')]);
  hints.learn('first', 1, [hint('a', 'old'), hint('b', 'old')]);
  const texts = (): string[] => told.map(({ rule, said }) => `${rule} ${said}`).sort();
  assert.deepEqual(texts(), ['a new', 'b old']);
  assert.deepEqual(open().newest(), hints.newest(), 'after the window has gone and come back');
  hints.forget('second');
  assert.deepEqual(texts(), ['a old', 'b old']);
  hints.clear();
  assert.deepEqual(told, []);
  assert.deepEqual(open().newest(), []);
});
