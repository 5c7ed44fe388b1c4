/**
 * The submission file: what a process tells the simulated GPU, one JSON object a line.
 * The format is documented in docs/simulated-gpu.md. Times in the file are seconds of the monotonic clock;
 * here everything is milliseconds.
 */

interface Line {
  readonly pid: number;
  readonly timeMs: number;
}

/** A context was opened: from now on the device draws its context-held idle power at least. */
export interface OpenLine extends Line {
  readonly event: 'open';
  readonly device: number;
  /** What the process takes its machine for, for example `h100-sxm*2`. */
  readonly gpu: string;
}

/** Work put at the end of a device's queue. */
export interface WorkLine extends Line {
  readonly event: 'work' | 'copy';
  readonly device: number;
  readonly durationMs: number;
  /** 0–1, where 1 is the natural training power of the model. */
  readonly intensity: number;
  /** Device memory the process holds from now on. */
  readonly memoryBytes: number | null;
  /** Clock that heat leaves the board while this runs, as a share of its highest; absent for all of it. */
  readonly clock?: number;
}

/** The process lets go of all its devices; queued work that has not run is dropped. */
export interface CloseLine extends Line {
  readonly event: 'close';
}

/**
 * In the data loader; waiting for a device; on purpose between steps (an evaluation, a checkpoint, a log); nothing at all,
 * as between the cells of a notebook.
 */
const hostDoings = ['input', 'sync', 'pause', 'rest'] as const;
export type HostDoing = (typeof hostDoings)[number];

/** What the host was doing between two times. Read by the truth file only, never by a reading. */
export interface HostLine extends Line {
  readonly event: 'host';
  readonly doing: HostDoing;
  /** The device waited for; null for `input`. */
  readonly device: number | null;
  readonly fromMs: number;
  readonly toMs: number;
}

export type Submission = OpenLine | WorkLine | CloseLine | HostLine;

type Fields = Readonly<Record<string, unknown>>;

const finite = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const deviceIndex = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 64 ? value : null;

function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

/** One line; null when it is not one of ours. */
export function parseSubmission(text: string): Submission | null {
  // When a file is cut off and written anew, the rest of an old line stands before a whole new one.
  const fields = fieldsOf(text) ?? fieldsOf(text.slice(Math.max(0, text.lastIndexOf('{'))));
  if (fields === null) return null;
  const pid = finite(fields['pid']);
  const time = finite(fields['time']);
  if (pid === null || time === null || !Number.isInteger(pid)) return null;
  const line = { pid, timeMs: time * 1000 };
  const device = deviceIndex(fields['device']);
  switch (fields['event']) {
    case 'open': {
      const gpu = fields['gpu'];
      return device === null || typeof gpu !== 'string' ? null : { ...line, event: 'open', device, gpu };
    }
    case 'work':
    case 'copy': {
      const duration = finite(fields['duration']);
      if (device === null || duration === null || duration < 0) return null;
      const intensity = Math.min(1, Math.max(0, finite(fields['intensity']) ?? 0));
      const memoryBytes = finite(fields['memory']);
      const durationMs = duration * 1000;
      const clock = finite(fields['clock']);
      const work = { ...line, event: fields['event'], device, durationMs, intensity, memoryBytes };
      return clock === null ? work : { ...work, clock: Math.min(1, Math.max(0.1, clock)) };
    }
    case 'close':
      return { ...line, event: 'close' };
    case 'host': {
      const doing = hostDoings.find((known) => known === fields['doing']);
      const from = finite(fields['from']);
      const to = finite(fields['to']);
      if (doing === undefined || from === null || to === null || to < from) return null;
      return { ...line, event: 'host', doing, device, fromMs: from * 1000, toMs: to * 1000 };
    }
    default:
      return null;
  }
}

/** A line that long is not ours; what a writer leaves without a line end must not grow for ever. */
const longestLine = 64 * 1024;

/** Cuts a growing text into submissions. Keeps an unfinished last line for the next call. */
export class SubmissionReader {
  #rest = '';
  #rejected = 0;

  /** Lines that could not be read, so far. */
  get rejected(): number {
    return this.#rejected;
  }

  take(text: string): Submission[] {
    if (text === '') return [];
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > longestLine) {
      this.#rest = '';
      this.#rejected++;
    }
    const submissions: Submission[] = [];
    for (const line of lines) {
      if (line.trim() === '') continue;
      const submission = line.length > longestLine ? null : parseSubmission(line);
      if (submission === null) this.#rejected++;
      else submissions.push(submission);
    }
    return submissions;
  }
}
