/**
 * Steps read from what a program prints, without touching it.
 *
 * Several lines may count at once (an outer bar of epochs, an inner one of steps, a bar of the data preparation
 * before). Each is followed for itself; the one that moved longest is the run's, and of two that move together
 * the one that counts further. Steps go before samples and tokens, and those before epochs.
 */

import type { EpochMark, StepUnit } from '../../contracts/runs.ts';
import { createEpochList, type EpochList } from './epochList.ts';
import { mayCount, progressFormats } from './formats.ts';
import { epochHeading, samplesHeading, tableHeading, tableRow } from './headings.ts';
import { createSharedBar } from './sharedBar.ts';
import {
  type Doubt,
  readSight,
  type Sight,
  speaksOfInference,
  speaksOfTraining,
  validationOf,
} from './sight.ts';
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
  /** As the line that counts the steps names them; else by a line that counts epochs. */
  epochs(): readonly EpochMark[];
}

interface Followed {
  readonly key: string;
  readonly bar: boolean;
  /** None once a line of it left none. */
  doubt: Doubt;
  readonly track: StepTrack;
  readonly epochs: EpochList;
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

const plain = { total: null, epoch: null, epochs: null, rate: null, doubt: 'none' } as const;

export function createProgress(): Progress {
  const lines = createTerminalLines();
  const tracks = new Map<string, Followed>();
  const sharedBar = createSharedBar();
  let heading: { readonly epoch: number; readonly epochs: number | null } | null = null;
  let firstHeading: number | null = null;
  let table: StepUnit | null = null;
  let training = false;
  let inference = false;
  let samples: number | null = null;
  let lineBefore = '';

  const see = (format: string, bar: boolean, sight: Sight, timeMs: number): StepSighting | null => {
    const key = `${format} ${sight.label} ${sight.total ?? ''}`;
    let followed = tracks.get(key);
    if (followed === undefined) {
      if (tracks.size >= mostTracks) return null;
      followed = {
        key,
        bar,
        doubt: sight.doubt,
        track: createStepTrack(sight.counts),
        epochs: createEpochList(),
      };
      tracks.set(key, followed);
    }
    if (sight.doubt === 'none') followed.doubt = 'none';
    if (bar) sharedBar.seeTraining(followed.track, sight);
    const { counts: unit, done } = sight;
    // A line that counts epochs tells how many are done: of none there is no mark, of parts of one neither.
    const epoch = unit === 'epoch' ? Math.floor(done) || null : sight.epoch;
    if (epoch !== null) followed.epochs.see(epoch, timeMs);
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
    inference ||= line.ended && speaksOfInference(line.text);
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

  const believed = ({ bar, doubt, track }: Followed): boolean => {
    if (!bar && track.sights < writtenSights) return false;
    if (doubt === 'batch') return training;
    return doubt !== 'bare' || training || !inference;
  };
  const main = (): Followed | null => {
    let best: Followed | null = null;
    for (const followed of tracks.values()) {
      if (!believed(followed)) continue;
      if (best === null || counts(best.track, followed.track)) best = followed;
    }
    return best;
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
      const best = main();
      if (best === null) return null;
      const { key, track } = best;
      return { track: key, unit: track.unit, count: track.count, total: track.total };
    },
    epochs() {
      const named = main();
      if (named !== null && named.track.unit !== 'epoch' && named.epochs.marks.length > 0)
        return named.epochs.marks.map((mark) => ({ ...mark, done: false }));
      const [most] = [...tracks.values()]
        .filter((followed) => followed.track.unit === 'epoch' && believed(followed))
        .sort((one, other) => other.epochs.marks.length - one.epochs.marks.length);
      return (most?.epochs.marks ?? []).map((mark) => ({ ...mark, done: true }));
    },
  };
}
