import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type WasteKind, wasteKinds } from '../../contracts/waste.ts';
import { restOf, whatIfText } from '../../contracts/whatIfText.ts';
import type { ToldWaste } from './evidence.ts';
import { whatIf } from './whatIf.ts';

const told = (kind: WasteKind, bareJ: number | null = null): ToldWaste => ({
  kind,
  energyJ: 1000,
  durationMs: 10_000,
  certainty: 'likely',
  evidence: 'Something was seen.',
  bareJ,
});

test('a modelled saving is a range within what was measured, with its assumption', () => {
  for (const kind of Object.keys(wasteKinds) as WasteKind[]) {
    const { energyJ, assumes } = whatIf(told(kind));
    assert.ok(energyJ[0] > 0 && energyJ[0] <= energyJ[1] && energyJ[1] <= 1000, kind);
    assert.ok(assumes.length > 20, kind);
    assert.match(whatIfText({ energyJ, assumes }), /^Modelled: .* less, if .*\.$/);
  }
});

test('a GPU that is let go may go on drawing its bare idle power', () => {
  assert.deepEqual(whatIf(told('unusedGpu', 600)).energyJ, [400, 1000]);
  assert.deepEqual(whatIf(told('idleHeld', 250)).energyJ, [750, 1000]);
  assert.deepEqual(whatIf(told('inputWait', 600)).energyJ, whatIf(told('inputWait')).energyJ);
});

test('the rest is what no kind names, and never less than nothing', () => {
  const item = { ...told('idleHeld'), share: 0.5, places: [] };
  assert.equal(restOf(2500, [item]), 1500);
  assert.equal(restOf(900, [item]), 0);
});
