import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunDetail } from '../contracts/runs.ts';
import { familiarEnergy, familiarHead } from './familiarEnergy.ts';

const runOf = (energyJ: number | null, simulated = false): RunDetail =>
  ({
    totals: {
      energyJ,
      provenance: { source: simulated ? 'simulated' : 'nvml', quality: 'counter', simulated, band: 0.05 },
    },
  }) as RunDetail;
const texts = (energyJ: number | null): readonly string[] =>
  familiarEnergy(runOf(energyJ)).map(({ text }) => text);

test('an energy is told by physics: heat of water, lift against gravity, watts times time', () => {
  assert.deepEqual(texts(334_880), [
    'heat 1 l of water from 20 °C to 100 °C',
    'lift 100 kg by 340 m',
    'keep a lamp of 10 W lit for 9.3 hours',
  ]);
  // 1 kWh is 10.75 kg · 80 K · 4.186 kJ/(kg·K), and 100 h of 10 W.
  assert.deepEqual(texts(3_600_000), [
    'heat 11 l of water from 20 °C to 100 °C',
    'lift 100 kg by 3,700 m',
    'keep a lamp of 10 W lit for 4.2 days',
  ]);
  assert.deepEqual(texts(500), [
    'heat 1.5 ml of water from 20 °C to 100 °C',
    'lift 100 kg by 51 cm',
    'keep a lamp of 10 W lit for 50 seconds',
  ]);
});

test('what would read badly is left out, and something is left over nine powers of ten', () => {
  assert.deepEqual(texts(5), ['keep a lamp of 10 W lit for 0.5 seconds']);
  for (let energyJ = 1; energyJ <= 1e9; energyJ *= 10) assert.ok(texts(energyJ).length > 0, `${energyJ} J`);
});

test('each row names where its constant is published, and in which year', () => {
  const rows = familiarEnergy(runOf(100_000));
  assert.equal(rows.length, 3);
  for (const { source } of rows) assert.match(source, /: .*, (19|20)\d\d$|SI Brochure, 9th edition, 2019$/);
});

test('without an energy nothing is compared; the figure and what it is worth stand first', () => {
  for (const energyJ of [null, 0]) assert.deepEqual(texts(energyJ), []);
  assert.deepEqual(familiarEnergy(null), []);
  assert.equal(familiarHead(runOf(81_400)), '81.4 kJ, 22.6 Wh (counter, band 5 %), is about enough to');
  assert.match(familiarHead(runOf(81_400, true)), /\(simulated · counter, band 5 %\)/);
});
