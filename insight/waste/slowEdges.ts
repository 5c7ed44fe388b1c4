/**
 * How much of the time that the driver tells as slowed ran at full clocks. A driver tells what held the clocks lately, so its
 * word outlasts a short slow-down; by how much is known of none. Power tells it: work at full clocks draws more. Around each
 * end of a stretch that is told as slowed the draw lies between that of the inside and that of the work beside it, and
 * where it lies between them is how much of those readings ran at full clocks. Late power readings only move that draw
 * from one of these readings to the next.
 */

/** So many readings of each sort, before their means are held against each other. */
const enough = 8;
/** A smaller step of the draw than this share of it is the steps' own ups and downs. */
const plainStep = 0.1;
/** Work at full clocks is that of the next so many readings: what comes later may be other work. */
const nearReadings = 10;

interface Mean {
  count: number;
  workMs: number;
  /** Watts times milliseconds of work. */
  drawn: number;
}
const noMean = (): Mean => ({ count: 0, workMs: 0, drawn: 0 });
const wattsOf = ({ drawn, workMs }: Mean): number => drawn / workMs;

interface Reading {
  readonly slowed: boolean;
  readonly workMs: number;
  readonly powerW: number;
}

const none: readonly Reading[] = [];

export interface SlowEdges {
  /** @param reading null where the driver said nothing, or no power is known that is of work alone */
  add(reading: Reading | null): void;
  /** Milliseconds of work that were told as slowed and were not. */
  fullMs(): number;
}

export function createSlowEdges(): SlowEdges {
  const inside = noMean();
  const edges = noMean();
  const beside = noMean();
  let toldMs = 0;
  /** Newest first, without a break. */
  let recent: readonly Reading[] = [];
  let sinceSlowed = Number.POSITIVE_INFINITY;

  /** Of the reading before the newest one: late as it is, its draw may be of the one or two before it. */
  const sort = (after: boolean, { slowed, workMs, powerW }: Reading, before: readonly Reading[]): void => {
    const evenlySo = before.length === 2 && before.every((earlier) => earlier.slowed);
    let mean = edges;
    if (slowed && after && evenlySo) mean = inside;
    else if (!slowed && before[0]?.slowed !== true) {
      if (sinceSlowed > nearReadings) return;
      mean = beside;
    }
    if (mean === edges && slowed) toldMs += workMs;
    mean.count += 1;
    mean.workMs += workMs;
    mean.drawn += workMs * powerW;
  };

  return {
    add(reading) {
      if (reading === null) {
        recent = none;
        return;
      }
      // Most GPUs are never slowed.
      if (!reading.slowed && recent[0]?.slowed !== true && sinceSlowed > nearReadings) {
        recent = none;
        return;
      }
      const [last, ...before] = recent;
      if (last !== undefined) {
        sinceSlowed = last.slowed ? 0 : sinceSlowed + 1;
        sort(reading.slowed, last, before);
      }
      recent = [reading, ...recent].slice(0, 3);
    },
    fullMs() {
      if ([inside, edges, beside].some(({ count, workMs }) => count < enough || workMs === 0)) return 0;
      const stepW = wattsOf(beside) - wattsOf(inside);
      if (stepW < plainStep * wattsOf(beside)) return 0;
      const fullShare = (wattsOf(edges) - wattsOf(inside)) / stepW;
      const besideMs = edges.workMs - toldMs;
      return Math.min(toldMs, Math.max(0, fullShare * edges.workMs - besideMs));
    },
  };
}
