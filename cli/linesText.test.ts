import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunDetail } from '../contracts/runs.ts';
import { linesText } from './linesText.ts';

const at = { name: 'step', energyJ: 0, idleJ: null };

const probed = (energyJ: number | null): RunDetail =>
  ({
    cwd: '/home/me',
    simulated: false,
    totals: { energyJ },
    lines: {
      sampledJ: 0,
      samples: 40,
      missedSamples: 0,
      lines: [
        { ...at, path: '/home/me/data.py', line: 7, samples: 10 },
        { ...at, path: '/home/me/train.py', line: 31, samples: 30 },
      ],
      functions: [],
      phases: [{ phase: 'forward', samples: 30, energyJ: 0 }],
    },
  }) as unknown as RunDetail;

test('where no energy is known no line has 0 J: the samples are told, most first', () => {
  const text = linesText(probed(null));
  assert.doesNotMatch(text, /\d J/);
  assert.match(text, /40 samples of the main thread; no energy is known/);
  assert.match(text, /75 % {2}train\.py:31 \(step\)\n *25 % {2}data\.py:7/);
});

test('an energy of nothing is told as it is', () => {
  assert.match(linesText(probed(0)), /0 J divided by 40 samples/);
});
