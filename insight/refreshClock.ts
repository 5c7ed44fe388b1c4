/**
 * When a device refreshed the value that was read. A driver renews power and energy on a clock of its own, about every
 * 100 ms; a reading only says that a refresh lies behind it. Which readings differ from the one before says more: the
 * sampler asks a little more often than the driver renews, so its readings walk over the driver's clock. Where one
 * repeats there was no refresh since the one before, which leaves a few milliseconds of the period for it; where one
 * differs, those milliseconds are ruled out. Such votes over the last half minute give period and phase.
 */

export const usualUpdatePeriodMs = 100;
/** Readings that vote. */
const ringSize = 256;
const binMs = 2;
/** The period may differ by so much from what is said of the chip; looked for in steps of this size. */
const periodSearch = { reach: 0.012, step: 0.0002, fine: 0.001 };
/** With so many votes the period is known finely. */
const manyVotes = 5;
/** A change is proof, a repeat may be an equal value. */
const changeVote = -2;
/** A repeat so shortly after a predicted refresh: it had not come yet. */
const slackMs = 4;
/** No repeat although the readings walked over so many periods: it is renewed faster than it is read. */
const walkedPeriods = 1.2;
const fastLagMs = 10;
const refitEveryMs = { first: 2000, later: 4000 };
/** More repeats than the rates explain by this share: the values say nothing of refreshes. */
const mostEqual = 0.25;
/** Beyond so many periods without a reading nothing is predicted. */
const predictedPeriods = 100;

export interface RefreshClock {
  /**
   * A reading and whether its value differs from the one before.
   * @returns the time of the newest refresh at or before it; null when there was none since the reading before
   */
  see(timeMs: number, changed: boolean): number | null;
  /** The newest reading came so close to a refresh that it may tell of the one before or of this one. */
  readonly unsure: boolean;
}

interface Fit {
  /** Time of some refresh, milliseconds. */
  readonly atMs: number;
  readonly periodMs: number;
  readonly score: number;
}

/** Faster than any reading: there is nothing to learn of the phase. */
const fastPeriodMs = 30;

/** @param mayRepeat a refresh can leave the value as it was (power), or never does (a counter) */
export function createRefreshClock(mayRepeat: boolean, updatePeriodMs = usualUpdatePeriodMs): RefreshClock {
  const times = new Float64Array(ringSize);
  const changes = new Uint8Array(ringSize);
  const bins = new Int16Array(Math.ceil((1.1 * updatePeriodMs) / binMs));
  let count = 0;
  /** Among what the ring holds. */
  let repeats = 0;
  let fit: Fit | null = null;
  let fittedAtMs = Number.NEGATIVE_INFINITY;
  let fast = false;
  let newestMs = Number.NaN;
  let unsure = false;

  /** Votes for the phases of one period, whose best stretch is the fit. Phase 0 is the newest reading. */
  const scoreOf = (periodMs: number): Fit => {
    const originMs = times[(count - 1) % ringSize] ?? 0;
    const used = Math.max(1, Math.floor(periodMs / binMs));
    const widthMs = periodMs / used;
    bins.fill(0, 0, used);
    for (let index = Math.max(1, count - ringSize + 1); index < count; index += 1) {
      const fromMs = times[index % ringSize] ?? 0;
      const restMs = periodMs - (fromMs - (times[(index - 1) % ringSize] ?? 0));
      if (restMs <= 0) continue;
      const changed = changes[index % ringSize] === 1;
      // The phases between this reading and one period after the one before.
      const phaseMs = (((fromMs - originMs) % periodMs) + periodMs) % periodMs;
      const first = changed ? Math.ceil(phaseMs / widthMs) : Math.floor(phaseMs / widthMs);
      const last = changed
        ? Math.floor((phaseMs + restMs) / widthMs) - 1
        : Math.floor((phaseMs + restMs) / widthMs);
      for (let bin = first; bin <= last && bin < first + used; bin += 1)
        bins[bin % used] = (bins[bin % used] ?? 0) + (changed ? changeVote : 1);
    }
    let best = 0;
    for (let bin = 1; bin < used; bin += 1) if ((bins[bin] ?? 0) > (bins[best] ?? 0)) best = bin;
    const score = bins[best] ?? 0;
    let from = best;
    while (from > best - used + 1 && bins[(from - 1 + used) % used] === score) from -= 1;
    let to = best;
    while (to < from + used - 1 && bins[(to + 1) % used] === score) to += 1;
    return {
      atMs: originMs + ((from + to + 1) / 2) * widthMs,
      periodMs,
      score,
    };
  };

  /** An idle device can tell the same value for minutes. */
  const mostlyEqual = (): boolean => {
    const from = Math.max(0, count - ringSize);
    const spanMs = (times[(count - 1) % ringSize] ?? 0) - (times[from % ringSize] ?? 0);
    const explained = Math.max(0, count - from - spanMs / updatePeriodMs);
    return repeats - explained > mostEqual * (count - from);
  };

  const refit = (): void => {
    if (mostlyEqual()) {
      fit = null;
      return;
    }
    const aroundMs = fit?.periodMs ?? updatePeriodMs;
    const known = fit !== null && fit.score >= manyVotes;
    const reachMs = (known ? periodSearch.fine : periodSearch.reach) * updatePeriodMs;
    const stepMs = periodSearch.step * updatePeriodMs;
    let best = scoreOf(aroundMs);
    for (let offMs = stepMs; offMs <= reachMs; offMs += stepMs)
      for (const tried of [scoreOf(aroundMs - offMs), scoreOf(aroundMs + offMs)])
        if (tried.score > best.score) best = tried;
    fit = best.score > 0 ? best : null;
  };

  const notePast = (timeMs: number, changed: boolean): void => {
    if (count >= ringSize && changes[count % ringSize] === 0) repeats -= 1;
    if (!changed) repeats += 1;
    times[count % ringSize] = timeMs;
    changes[count % ringSize] = changed ? 1 : 0;
    count += 1;
    const every = fit !== null && fit.score >= manyVotes ? refitEveryMs.later : refitEveryMs.first;
    if (!changed && timeMs - fittedAtMs >= every && count > 8) {
      fittedAtMs = timeMs;
      fast = false;
      refit();
    }
    if (fit === null && !fast && count % 64 === 0) fast = walked();
  };

  /** The readings passed over the whole of the period, and each differed. */
  const walked = (): boolean => {
    let lowMs = Number.POSITIVE_INFINITY;
    let highMs = Number.NEGATIVE_INFINITY;
    const from = Math.max(0, count - ringSize);
    for (let index = from; index < count; index += 1) {
      if (index > from && changes[index % ringSize] === 0) return false;
      const offMs = (times[index % ringSize] ?? 0) - index * updatePeriodMs;
      lowMs = Math.min(lowMs, offMs);
      highMs = Math.max(highMs, offMs);
    }
    return highMs - lowMs > walkedPeriods * updatePeriodMs;
  };

  const predicted = (timeMs: number): number | null => {
    if (fit === null) return null;
    const behind = Math.floor((timeMs - fit.atMs) / fit.periodMs);
    return behind > predictedPeriods + ringSize ? null : fit.atMs + behind * fit.periodMs;
  };

  if (updatePeriodMs < fastPeriodMs)
    return {
      see: (timeMs, changed) => (changed || mayRepeat ? timeMs - updatePeriodMs / 2 : null),
      unsure: false,
    };
  return {
    see(timeMs, changed) {
      const earlierMs = count === 0 ? Number.NaN : (times[(count - 1) % ringSize] ?? Number.NaN);
      notePast(timeMs, changed || count === 0);
      const periodMs = fit?.periodMs ?? updatePeriodMs;
      const guessMs = predicted(timeMs);
      const wasUnsure = unsure;
      unsure = false;
      if (guessMs === null) {
        const lagMs = fast ? fastLagMs : Math.min(periodMs, timeMs - earlierMs || periodMs) / 2;
        // As long as nothing is known, an equal value after most of a period is one that was renewed.
        const renewed = mayRepeat && timeMs - lagMs - newestMs > 0.75 * periodMs;
        if (!changed && !renewed) return null;
        newestMs = timeMs - lagMs;
        return newestMs;
      }
      const isNew = Number.isNaN(newestMs) || guessMs > newestMs + periodMs / 2;
      const early = guessMs + periodMs - timeMs < slackMs;
      // Of two refreshes since the last one, the newer may be a little late or the older a little early.
      const late = guessMs > newestMs + 1.5 * periodMs && timeMs - guessMs < slackMs;
      unsure = changed && (late || (isNew && early));
      if (changed) newestMs = late ? guessMs - periodMs : isNew || !early ? guessMs : timeMs;
      else if (isNew && (mayRepeat || wasUnsure) && timeMs - guessMs > slackMs) newestMs = guessMs;
      else return null;
      return newestMs;
    },
    get unsure() {
      return unsure;
    },
  };
}
