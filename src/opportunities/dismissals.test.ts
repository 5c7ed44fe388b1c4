import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dismissal, DismissalTarget } from '../../contracts/opportunities.ts';
import { dismissalKey } from '../../contracts/opportunities.ts';
import { Dismissals, isDismissalTarget } from './dismissals.ts';

class Memory {
  readonly values = new Map<string, unknown>();
  keys = (): readonly string[] => [...this.values.keys()];
  get<T>(key: string, fallback?: T): T {
    return (this.values.get(key) ?? fallback) as T;
  }
  async update(key: string, value: unknown): Promise<void> {
    this.values.set(key, structuredClone(value));
  }
}

const target = (over: Partial<DismissalTarget> = {}): DismissalTarget => ({
  uri: 'file:///p/train.py',
  rule: 'sync-scalar-in-step',
  functionName: 'Trainer.fit',
  print: ['a', 'b'],
  ...over,
});

function started(memory = new Memory()): { all: Dismissals; told: (readonly Dismissal[])[]; memory: Memory } {
  const told: (readonly Dismissal[])[] = [];
  return { all: new Dismissals(memory, (list) => told.push(list)), told, memory };
}

test('what was dismissed is there in the next window, and gone once restored', () => {
  const { all, memory } = started();
  all.add(target(), 'intended', 1);
  const next = started(memory);
  assert.equal(next.all.all.length, 1);
  next.all.remove(new Set(next.all.all.map(dismissalKey)));
  assert.deepEqual(started(memory).all.all, []);
  assert.equal(next.told.length, 1);
});

test('the same word about the same function is remembered once, with the newest text', () => {
  const { all } = started();
  all.add(target({ print: ['old'] }), 'intended', 1);
  all.add(target({ print: ['new'] }), 'intended', 2);
  assert.deepEqual(
    all.all.map(({ print, dismissedAtMs }) => [print, dismissedAtMs]),
    [[['new'], 2]],
  );
  // Tiny data speaks of the function, whatever rule it was said of.
  all.add(target({ rule: 'one' }), 'tinyData', 3);
  all.add(target({ rule: 'two' }), 'tinyData', 4);
  all.add(target({ rule: 'two' }), 'intended', 5);
  assert.deepEqual(
    all.all.map(({ kind, rule }) => `${kind} ${rule}`),
    ['intended two', 'tinyData two', 'intended sync-scalar-in-step'],
  );
});

test('a file and a folder that are renamed keep what was said of them', () => {
  const { all, told } = started();
  all.add(target({ uri: 'file:///p/a/one.py' }), 'intended', 1);
  all.add(target({ uri: 'file:///p/ab/two.py' }), 'intended', 2);
  all.renamed('file:///p/a', 'file:///p/b');
  assert.deepEqual(
    all.all.map(({ uri }) => uri),
    ['file:///p/ab/two.py', 'file:///p/b/one.py'],
  );
  const before = told.length;
  all.renamed('file:///elsewhere', 'file:///p/a');
  all.remove(new Set(['no such key']));
  assert.equal(told.length, before, 'nothing changed, nothing is told');
});

test('memory does not grow without bound', () => {
  const { all } = started();
  for (let at = 0; at < 600; at += 1) all.add(target({ functionName: `f${at}` }), 'intended', at);
  assert.equal(all.all.length, 500);
  assert.equal(all.all[0]?.functionName, 'f599');
});

test('arguments from outside are looked at', () => {
  assert.equal(isDismissalTarget(target()), true);
  for (const bad of [undefined, null, 'x', {}, target({ print: [1] as unknown as string[] })])
    assert.equal(isDismissalTarget(bad), false);
});
