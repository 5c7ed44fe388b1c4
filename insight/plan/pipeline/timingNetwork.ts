/**
 * The operations as a network of events (activity on arc): each operation is an arc from its begin to its end, each
 * dependency an arc without duration. Every event has a time; an arc whose events lie no further apart than it lasts is tight.
 *
 * Over tight arcs a flow goes whose bounds are prices: at least what an operation gains when it lasts one unit longer, at
 * most what one unit less costs. While such a flow exists, no other durations reach the same iteration time for less
 * (Kelley 1961, Fulkerson 1961); the flow is the proof and is kept from one iteration time to the next.
 */

import { marginalCosts, type Prices } from './marginalCosts.ts';
import { type OperationGraph, slowestUnits } from './operationGraph.ts';

const unlimited = Number.POSITIVE_INFINITY;

export class TimingNetwork {
  /** Operations come first among the arcs and keep their numbers; dependencies follow. */
  readonly operationCount: number;
  readonly source: number;
  readonly sink: number;
  readonly nodeCount: number;
  readonly arcFrom: Int32Array;
  readonly arcTo: Int32Array;
  /** Where the arcs of a node begin in `incidentArcs`; one more at the end. */
  readonly incidentStart: Int32Array;
  /** Twice the arc's number, and one more where the node is its end. */
  readonly incidentArcs: Int32Array;
  /** Of each event, whole units after the source. */
  readonly timeUnits: Int32Array;
  readonly flow: Float64Array;
  readonly durationUnits: Int32Array;
  readonly #fastestUnits: Int32Array;
  readonly #prices: readonly Prices[];

  /** Every operation at its slowest, every event as early as it can be. @throws RangeError for a circle or a wrong curve */
  constructor({ curves, dependencies }: OperationGraph) {
    const count = curves.length;
    this.operationCount = count;
    this.source = 2 * count;
    this.sink = this.source + 1;
    this.nodeCount = this.sink + 1;
    const [arcFrom, arcTo] = arcsOf(count, dependencies);
    this.arcFrom = Int32Array.from(arcFrom);
    this.arcTo = Int32Array.from(arcTo);
    [this.incidentStart, this.incidentArcs] = incidence(this.nodeCount, this.arcFrom, this.arcTo);
    this.flow = new Float64Array(arcFrom.length);
    this.durationUnits = new Int32Array(arcFrom.length);
    for (const [operation, curve] of curves.entries()) this.durationUnits[operation] = slowestUnits(curve);
    this.#fastestUnits = Int32Array.from(curves, ({ fastestUnits }) => fastestUnits);
    this.#prices = marginalCosts(curves);
    this.timeUnits = this.#earliestTimes();
  }

  get iterationUnits(): number {
    return this.timeUnits[this.sink] ?? 0;
  }

  tight(arc: number): boolean {
    const from = this.timeUnits[this.arcFrom[arc] ?? 0] ?? 0;
    const to = this.timeUnits[this.arcTo[arc] ?? 0] ?? 0;
    return to - from === this.durationUnits[arc];
  }

  /** The most that may flow over a tight arc. */
  upper(arc: number): number {
    const prices = this.#prices[arc];
    const above = (this.durationUnits[arc] ?? 0) - (this.#fastestUnits[arc] ?? 0);
    return prices === undefined || above === 0 ? unlimited : (prices[above] ?? unlimited);
  }

  /** The least that must flow over an arc. An arc that is not tight carries nothing, so it must be at its slowest, or gain nothing there. */
  lower(arc: number): number {
    const above = (this.durationUnits[arc] ?? 0) - (this.#fastestUnits[arc] ?? 0);
    return this.#prices[arc]?.[above + 1] ?? 0;
  }

  atSlowest(operation: number): boolean {
    const above = (this.durationUnits[operation] ?? 0) - (this.#fastestUnits[operation] ?? 0);
    return above + 1 >= (this.#prices[operation]?.length ?? 0);
  }

  #earliestTimes(): Int32Array {
    const times = new Int32Array(this.nodeCount);
    const waitsFor = new Int32Array(this.nodeCount);
    for (const node of this.arcTo) waitsFor[node] = (waitsFor[node] ?? 0) + 1;
    const ready = [this.source];
    let seen = 0;
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      seen += 1;
      for (let at = this.incidentStart[node] ?? 0; at < (this.incidentStart[node + 1] ?? 0); at += 1) {
        const incident = this.incidentArcs[at] ?? 0;
        if (incident % 2 === 1) continue;
        const arc = incident >> 1;
        const to = this.arcTo[arc] ?? 0;
        times[to] = Math.max(times[to] ?? 0, (times[node] ?? 0) + (this.durationUnits[arc] ?? 0));
        const left = (waitsFor[to] ?? 0) - 1;
        waitsFor[to] = left;
        if (left === 0) ready.push(to);
      }
    }
    if (seen < this.nodeCount) throw new RangeError('the dependencies go in a circle');
    return times;
  }
}

const beginOf = (operation: number): number => 2 * operation;
const endOf = (operation: number): number => 2 * operation + 1;

function arcsOf(count: number, dependencies: OperationGraph['dependencies']): [from: number[], to: number[]] {
  const source = 2 * count;
  const from: number[] = [];
  const to: number[] = [];
  const connect = (a: number, b: number): void => {
    from.push(a);
    to.push(b);
  };
  for (let operation = 0; operation < count; operation += 1) connect(beginOf(operation), endOf(operation));
  const hasBefore = new Set(dependencies.map(([, after]) => after));
  const hasAfter = new Set(dependencies.map(([before]) => before));
  for (const [before, after] of dependencies) connect(endOf(before), beginOf(after));
  for (let operation = 0; operation < count; operation += 1) {
    if (!hasBefore.has(operation)) connect(source, beginOf(operation));
    if (!hasAfter.has(operation)) connect(endOf(operation), source + 1);
  }
  return [from, to];
}

function incidence(nodes: number, from: Int32Array, to: Int32Array): [start: Int32Array, arcs: Int32Array] {
  const start = new Int32Array(nodes + 1);
  for (const ends of [from, to]) for (const node of ends) start[node + 1] = (start[node + 1] ?? 0) + 1;
  for (let node = 0; node < nodes; node += 1) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const next = start.slice();
  const arcs = new Int32Array(2 * from.length);
  const place = (node: number, incident: number): void => {
    const at = next[node] ?? 0;
    arcs[at] = incident;
    next[node] = at + 1;
  };
  for (let arc = 0; arc < from.length; arc += 1) {
    place(from[arc] ?? 0, 2 * arc);
    place(to[arc] ?? 0, 2 * arc + 1);
  }
  return [start, arcs];
}
