import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EnergyTotals } from '../contracts/runs.ts';
import { hydrate, run } from '../test/webview/recordings.ts';
import { type Figure, figuresOf } from './figures.ts';
import { initialState, reduce } from './state.ts';

/** The energy figure of the run of the recordings, with these totals beside its own. */
function energyWith(more: Partial<EnergyTotals>): { readonly figure: Figure; readonly plain: Figure } {
  const state = reduce(initialState(), hydrate());
  const energy = (totals: EnergyTotals): Figure => {
    const found = figuresOf({ ...state, run: { ...run(), totals } }).find(({ id }) => id === 'energy');
    assert.ok(found !== undefined);
    return found;
  };
  const { totals } = run();
  return { figure: energy({ ...totals, ...more }), plain: energy(totals) };
}

test('a shared GPU is marked beside the energy, whose value stays what was measured', () => {
  const { figure, plain } = energyWith({
    sharing: { sharedMs: 60_000, runJ: 5000, othersJ: 2000, unattributedJ: 100, confidence: 'likely' },
  });
  assert.equal(figure.value, plain.value);
  assert.doesNotMatch(plain.note + plain.title, /shared/);
  assert.match(figure.note, /GPU shared$/);
  assert.match(figure.title, /shared with other programs for 01:00: about 5\.00 kJ the run's \(likely\)/);
  const undivided = energyWith({
    sharing: { sharedMs: 60_000, runJ: 5000, othersJ: 0, unattributedJ: 2100, confidence: null },
  });
  assert.match(undivided.figure.title, /5\.00 kJ the run's alone, 2\.10 kJ not divided/);
  const unsure = energyWith({
    sharing: { sharedMs: 60_000, runJ: 6000, othersJ: 4000, unattributedJ: 10_000, confidence: null },
  });
  assert.match(unsure.figure.title, /about 6\.00 kJ the run's, 4\.00 kJ of others, 10\.0 kJ unattributed/);
});

test('the energy at the wall is told with the measured one, and only with the gain and offset that make it', () => {
  const { figure, plain } = energyWith({ wall: { energyJ: 91_000, gain: 1.1, offsetW: 55 } });
  assert.deepEqual([figure.value, figure.tag, figure.note], [plain.value, plain.tag, plain.note]);
  assert.match(figure.title, /At the wall 91\.0 kJ by your own wall meter \(× 1\.1 \+ 55 W\)/);
});
