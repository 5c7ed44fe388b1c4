/**
 * Steps read from what a program prints, without touching it.
 *
 * Several lines may count at once (an outer bar of epochs, an inner one of steps, a bar of the data preparation
 * before). Each is followed for itself; the one that moved longest is the run's, and of two that move together
 * the one that counts further. Steps go before samples and tokens, and those before epochs.
 */

import type { StepUnit } from '../../contracts/runs.ts';
import {
  epochHeading,
  mayCount,
  progressFormats,
  samplesHeading,
  tableHeading,
  tableRow,
} from './formats.ts';
import { createSharedBar } from './sharedBar.ts';
import { readSight, type Sight, speaksOfTraining, validationOf } from './sight.ts';
import { createStepTrack, type StepTrack } from './stepTrack.ts';
import { createTerminalLines, type TerminalLine } from './terminalLines.ts';

const mostTracks = 24;
/** A written line is believed from its second sight on; a bar at once. */
const writtenSights = 2;
/** How finely a line counts: the finer one is the run's unless it moved for less than a fifth as long. */
const fineness: Readonly<Record<StepUnit, number>> = { step: 2, sample: 1, token: 1, epoch: 0 };
const finerShare = 0.2;

export interface StepSighting {
  /** Which line of the program counted. */
  readonly track: string;
  readonly count: number;
  readonly timeMs: number;
}

export interface MainLine {
  readonly track: string;
  readonly unit: StepUnit;
  readonly count: number;
  readonly total: number | null;
}

export interface Progress {
  /** `text` as it came, in any pieces; the run's clock in milliseconds. */
  add(text: string, timeMs: number): readonly StepSighting[];
  /** The line that counts the run's steps; null while there is none. */
  main(): MainLine | null;
}

interface Followed {
  readonly key: string;
  readonly bar: boolean;
  readonly weak: boolean;
  readonly track: StepTrack;
}

/** Whether `other` should replace `main`. */
function counts(main: StepTrack, other: StepTrack): boolean {
  const finer = fineness[other.unit] - fineness[main.unit];
  if (finer > 0 && other.movedMs >= finerShare * main.movedMs) return true;
  if (finer < 0 && main.movedMs >= finerShare * other.movedMs) return false;
  const movesLonger = other.movedMs > 1.2 * main.movedMs;
  const together = other.movedMs >= 0.5 * main.movedMs && other.movedMs <= 2 * main.movedMs;
  return together ? other.count > main.count : movesLonger;
}

const plain = { total: null, epoch: null, epochs: null, rate: null, weak: false };

export function createProgress(): Progress {
  const lines = createTerminalLines();
  const tracks = new Map<string, Followed>();
  const sharedBar = createSharedBar();
  let heading: { readonly epoch: number; readonly epochs: number | null } | null = null;
  let firstHeading: number | null = null;
  let table: StepUnit | null = null;
  let training = false;
  let samples: number | null = null;
  let lineBefore = '';

  const see = (format: string, bar: boolean, sight: Sight, timeMs: number): StepSighting | null => {
    const key = `${format} ${sight.label} ${sight.total ?? ''}`;
    let followed = tracks.get(key);
    if (followed === undefined) {
      if (tracks.size >= mostTracks) return null;
      followed = { key, bar, weak: sight.weak, track: createStepTrack(sight.counts) };
      tracks.set(key, followed);
    }
    if (bar) sharedBar.seeTraining(followed.track, sight);
    const count = followed.track.see(sight, timeMs);
    return count === null ? null : { track: key, count, timeMs };
  };

  /** `Epoch 2/5` is printed when the epoch begins: what it counts is the ones before. */
  const seeHeading = (found: RegExpExecArray, timeMs: number): StepSighting | null => {
    const epoch = Number(found[1]);
    const epochs = found[2] === undefined ? null : Number(found[2]);
    heading = { epoch, epochs };
    firstHeading ??= Math.min(1, epoch);
    if (epochs === null) return null;
    const sight: Sight = {
      ...plain,
      label: 'heading',
      counts: 'epoch',
      done: epoch - firstHeading,
      total: epochs,
    };
    return see('heading', false, sight, timeMs);
  };

  const readLine = (line: TerminalLine): StepSighting | null => {
    // An open line is read only when it ends as a bar does; more of it may still come.
    if (!line.ended && !line.text.endsWith(']')) return null;
    training ||= line.ended && speaksOfTraining(line.text);
    const titles = line.ended ? tableHeading.exec(line.text) : null;
    if (titles !== null) table = titles[1]?.toLowerCase() === 'epoch' ? 'epoch' : 'step';
    if (!/\d/.test(line.text)) return null;
    const row = table !== null && line.ended ? tableRow.exec(line.text) : null;
    if (row !== null && table !== null)
      return see('table', false, { ...plain, label: '', counts: table, done: Number(row[1]) }, line.timeMs);
    const told = line.ended ? samplesHeading.exec(line.text) : null;
    if (told !== null) samples = Number(told[1]);
    if (!mayCount(line.text)) return null;
    const head = epochHeading.exec(line.text);
    if (head !== null) return line.ended ? seeHeading(head, line.timeMs) : null;
    const validation = validationOf(line.text);
    if (validation !== null) sharedBar.seeValidation(validation);
    for (const format of progressFormats) {
      if (!line.ended && !format.bar) continue;
      const found = readSight(format, line.text, lineBefore);
      if (found === null) {
        // What a bar counts that is not a step must not be read as another format either.
        if (format.bar && format.pattern.test(line.text)) return null;
        continue;
      }
      const ofEpoch = found.epoch === null && heading !== null && found.counts !== 'epoch';
      const counts = samples !== null && found.total === samples ? 'sample' : found.counts;
      const sight = { ...found, ...(ofEpoch ? heading : {}), counts };
      return see(format.name, format.bar, sight, line.timeMs);
    }
    return null;
  };

  return {
    add(text, timeMs) {
      const sightings: StepSighting[] = [];
      lines.add(text, timeMs, (line) => {
        const sighting = readLine(line);
        if (line.ended) lineBefore = line.text;
        if (sighting !== null) sightings.push(sighting);
      });
      return sightings;
    },
    main() {
      let best: Followed | null = null;
      for (const followed of tracks.values()) {
        if (!followed.bar && followed.track.sights < writtenSights) continue;
        if (followed.weak && !training) continue;
        if (best === null || counts(best.track, followed.track)) best = followed;
      }
      if (best === null) return null;
      const { key, track } = best;
      return { track: key, unit: track.unit, count: track.count, total: track.total };
    },
  };
}
