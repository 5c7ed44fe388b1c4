/**
 * The idle joules of a run by interval, charged as its idle energy is: the power measured where a stretch was quiet
 * throughout, the idle power in pauses between kernels. Which of the two holds shows a second later, and the idle
 * power is learnt as the run goes, so that an interval is charged at once and corrected while it is young.
 */

export interface IdleCharge {
  readonly fromMs: number;
  readonly toMs: number;
  /** Joules to add to the interval; less than 0 where more was charged before than is right. */
  readonly idleJ: number;
}

export interface IdleInterval {
  /** Where it ends. */
  readonly timeMs: number;
  readonly intervalMs: number;
  /** Milliseconds of it without a kernel. */
  readonly idleMs: number;
  readonly powerW: number | undefined;
}

export type IdleNature = 'quiet' | 'pause';

export interface IdleCharges {
  add(interval: IdleInterval): void;
  /** Tells of the oldest interval that it was not told of yet; a pause until then. */
  settle(nature: IdleNature): void;
  /** @param pauseW what a pause is charged with; null while it is not known: what was drawn then bounds it */
  take(pauseW: number | null): readonly IdleCharge[];
}

interface Charged {
  readonly interval: IdleInterval;
  nature: IdleNature | null;
  /** null while nothing could be charged. */
  chargedJ: number | null;
}

/** Lines are charged for good half a minute later: what is learnt after this time is too late. */
const youngMs = 20_000;

export function createIdleCharges(): IdleCharges {
  let open: Charged[] = [];
  const owedJ = ({ interval, nature }: Charged, pauseW: number | null): number | null => {
    const { intervalMs, idleMs, powerW } = interval;
    if (nature === 'quiet' && powerW !== undefined) return (powerW * intervalMs) / 1000;
    const drawnW = pauseW ?? powerW;
    return drawnW === undefined ? null : (drawnW * (nature === 'quiet' ? intervalMs : idleMs)) / 1000;
  };
  return {
    add: (interval) => void open.push({ interval, nature: null, chargedJ: null }),
    settle(nature) {
      const oldest = open.find((entry) => entry.nature === null);
      if (oldest !== undefined) oldest.nature = nature;
    },
    take(pauseW) {
      const charges: IdleCharge[] = [];
      for (const entry of open) {
        const idleJ = owedJ(entry, pauseW);
        if (idleJ === null || idleJ === entry.chargedJ) continue;
        const { timeMs, intervalMs } = entry.interval;
        const toAddJ = idleJ - (entry.chargedJ ?? 0);
        charges.push({ fromMs: timeMs - intervalMs, toMs: timeMs, idleJ: toAddJ });
        entry.chargedJ = idleJ;
      }
      const oldestMs = (open.at(-1)?.interval.timeMs ?? 0) - youngMs;
      open = open.filter(
        ({ interval, nature }) =>
          nature === null || (nature === 'pause' && pauseW === null && interval.timeMs > oldestMs),
      );
      return charges;
    },
  };
}
