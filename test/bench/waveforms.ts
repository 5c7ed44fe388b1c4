/** Power curves of known energy for the accuracy benchmark: each kind with random shape, from one seed. */

import { type CurvePoint, type PowerCurve, powerCurve, squareWave } from '../sampler/fakeNvml/powerCurve.ts';

/** 0 ≤ x < 1. */
export type Random = () => number;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();
/** As many short as long ones. */
const spread = (random: Random, low: number, high: number): number =>
  Math.exp(between(random, Math.log(low), Math.log(high)));

const idleW = 90;
/** Longer than any recording: a curve that does not repeat in it. */
const wholeMs = 60_000;

function ramps(random: Random): PowerCurve {
  const points: CurvePoint[] = [[0, idleW]];
  let atMs = 0;
  while (atMs < wholeMs) {
    atMs = Math.min(wholeMs, atMs + spread(random, 300, 8000));
    points.push([atMs, between(random, idleW, 700)]);
  }
  return powerCurve(points);
}

/** Short loads at random times over an idle floor. */
function bursts(random: Random): PowerCurve {
  const points: CurvePoint[] = [[0, idleW]];
  let atMs = 0;
  for (;;) {
    const fromMs = atMs + spread(random, 100, 4000);
    const toMs = fromMs + spread(random, 20, 1500);
    if (toMs >= wholeMs) break;
    const highW = between(random, 250, 700);
    points.push([fromMs, idleW], [fromMs, highW], [toMs, highW], [toMs, idleW]);
    atMs = toMs;
  }
  points.push([wholeMs, idleW]);
  return powerCurve(points);
}

/** A load that changes every 20 ms. */
function noise(random: Random): PowerCurve {
  const meanW = between(random, 200, 600);
  const widthW = between(random, 20, 150);
  const points: CurvePoint[] = [];
  for (let atMs = 0; atMs < wholeMs; atMs += 20) {
    const powerW = meanW + between(random, -widthW, widthW);
    points.push([atMs, powerW], [atMs + 20, powerW]);
  }
  return powerCurve(points);
}

export interface Waveform {
  readonly kind: 'square' | 'ramps' | 'bursts' | 'noise';
  readonly curve: PowerCurve;
}

export function randomWaveform(kind: Waveform['kind'], random: Random): Waveform {
  switch (kind) {
    case 'square': {
      const periodMs = spread(random, 200, 10_000);
      const highW = between(random, 300, 700);
      const curve = squareWave(idleW, highW, periodMs, between(random, 0.1, 0.9), random() * periodMs);
      return { kind, curve };
    }
    case 'ramps':
      return { kind, curve: ramps(random) };
    case 'bursts':
      return { kind, curve: bursts(random) };
    case 'noise':
      return { kind, curve: noise(random) };
  }
}
