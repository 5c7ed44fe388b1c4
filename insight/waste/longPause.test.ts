import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBalance } from './balance.ts';
import { createBusyCells } from './busyCells.ts';

const hourMs = 3_600_000;

/** A GPU whose cells of three hours are known, which worked from the time given. */
function gpu(worksFromMs: number) {
  const cells = createBusyCells();
  for (let fromMs = 0; fromMs < 3 * hourMs; fromMs += 1000) {
    const toMs = fromMs + 1000;
    cells.add(toMs - 1, fromMs >= worksFromMs ? 1000 : 0, { fromMs, toMs, slowedMs: 0 });
  }
  return { cells, working: () => ({ fromMs: 0, toMs: 3 * hourMs }) };
}

test('a pause longer than is remembered is a wait for the other GPU where that worked throughout', () => {
  const waited = (worksFromMs: number): number =>
    createBalance().elsewhereMs(
      new Map([
        ['waits', gpu(4 * hourMs)],
        ['works', gpu(worksFromMs)],
      ]),
      'waits',
      0,
      3 * hourMs,
    );
  assert.equal(waited(0), 3 * hourMs);
  assert.equal(waited(4 * hourMs), 0);
});
