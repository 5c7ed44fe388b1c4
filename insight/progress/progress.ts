/**
 * Steps read from what a program prints, without touching it.
 *
 * Several lines may count at once (an outer bar of epochs, an inner one of steps, a bar of the data preparation
 * before). Each is followed for itself; the one that moved longest is the run's, and of two that move together
 * the one that counts further.
 */

import { epochHeading, mayCount, progressFormats, type Sight } from './formats.ts';
import { createStepTrack, type StepTrack } from './stepTrack.ts';
import { createTerminalLines, type TerminalLine } from './terminalLines.ts';

const mostTracks = 24;
/** A written line is believed from its second sight on; a bar at once. */
const writtenSights = 2;

export interface StepSighting {
  /** Which line of the program counted. */
  readonly track: string;
  readonly count: number;
  readonly timeMs: number;
}

export interface Progress {
  /** `text` as it came, in any pieces; the run's clock in milliseconds. */
  add(text: string, timeMs: number): readonly StepSighting[];
  /** The line that counts the run's steps; null while there is none. */
  main(): { readonly track: string; readonly count: number; readonly total: number | null } | null;
}

interface Followed {
  readonly key: string;
  readonly bar: boolean;
  readonly track: StepTrack;
}

/** Whether `other` should replace `main`. */
function counts(main: StepTrack, other: StepTrack): boolean {
  const movesLonger = other.movedMs > 1.2 * main.movedMs;
  const together = other.movedMs >= 0.5 * main.movedMs && other.movedMs <= 2 * main.movedMs;
  return together ? other.count > main.count : movesLonger;
}

export function createProgress(): Progress {
  const lines = createTerminalLines();
  const tracks = new Map<string, Followed>();
  let heading: { readonly epoch: number; readonly epochs: number | null } | null = null;

  const follow = (key: string, bar: boolean): Followed | null => {
    const known = tracks.get(key);
    if (known !== undefined) return known;
    if (tracks.size >= mostTracks) return null;
    const followed: Followed = { key, bar, track: createStepTrack() };
    tracks.set(key, followed);
    return followed;
  };

  const readLine = (line: TerminalLine): StepSighting | null => {
    // An open line is read only when it ends as a bar does; more of it may still come.
    if (!line.ended && !line.text.endsWith(']')) return null;
    if (!mayCount(line.text)) return null;
    const head = epochHeading.exec(line.text);
    if (head !== null) {
      if (line.ended)
        heading = { epoch: Number(head[1]), epochs: head[2] === undefined ? null : Number(head[2]) };
      return null;
    }
    for (const format of progressFormats) {
      if (!line.ended && !format.bar) continue;
      const match = format.pattern.exec(line.text);
      const found = match === null ? null : format.read(match, line.text);
      if (found === null) {
        if (match !== null && format.bar) return null;
        continue;
      }
      const sight: Sight = found.epoch === null && heading !== null ? { ...found, ...heading } : found;
      const key = `${format.name} ${sight.label} ${sight.total ?? ''}`;
      const count = follow(key, format.bar)?.track.see(sight, line.timeMs) ?? null;
      return count === null ? null : { track: key, count, timeMs: line.timeMs };
    }
    return null;
  };

  return {
    add(text, timeMs) {
      const sightings: StepSighting[] = [];
      lines.add(text, timeMs, (line) => {
        const sighting = readLine(line);
        if (sighting !== null) sightings.push(sighting);
      });
      return sightings;
    },
    main() {
      let best: Followed | null = null;
      for (const followed of tracks.values()) {
        if (!followed.bar && followed.track.sights < writtenSights) continue;
        if (best === null || counts(best.track, followed.track)) best = followed;
      }
      return best && { track: best.key, count: best.track.count, total: best.track.total };
    },
  };
}
