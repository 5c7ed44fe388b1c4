/**
 * The idle time of one window, split by what the host was doing.
 *
 * Only totals over the window are compared, about four seconds of them: utilisation is late and averaged, so that
 * its moments cannot be laid beside the host's, but its sums can.
 */

/** Milliseconds of one GPU and of the host in the same window. */
export interface WindowActivity {
  /** Time the GPU's utilisation is known for. */
  readonly knownMs: number;
  readonly idleMs: number;
  /** Time the host's shares are known for, and those shares as times. */
  readonly hostMs: number;
  readonly inputMs: number;
  readonly waitMs: number;
  /** Mean processor use of the run's other processes, in cores; null when not known. */
  readonly workerCores: number | null;
}

/** Milliseconds of GPU idle time; the parts add up to it. */
export interface IdleCauses {
  /** The host was reading and decoding. */
  readonly loading: number;
  /** The host slept longer than the GPU worked while worker processes were busy: it waited for a batch. */
  readonly starved: number;
  /** The host ran its own code. */
  readonly running: number;
  /** The host slept, and nothing says for what. */
  readonly unexplained: number;
  /** Nothing is known of the host. */
  readonly unseen: number;
}

const busyWorkerCores = 0.05;
/** Late and rounded readings make this share of a window uncertain. */
const slackShare = 0.03;
/**
 * CUDA's usual wait for the GPU spins: the host then runs at least as long as the GPU works, and its sleep is for
 * something else. A program that sleeps while it waits and runs as long besides cannot be told from that.
 */
const spinFactor = 0.95;

export const noCauses: IdleCauses = { loading: 0, starved: 0, running: 0, unexplained: 0, unseen: 0 };

/**
 * Milliseconds of loading during which the GPU worked, as in an evaluation that never waits. Work that the host did not
 * sleep through ran beside its loading and its running, and nothing tells it apart: each gets its share.
 */
const besideWork = (awakeWorkMs: number, inputMs: number, runMs: number): number =>
  inputMs <= 0 ? 0 : (Math.max(0, awakeWorkMs) * inputMs) / (inputMs + runMs);

/** What a window says of how the host waits for the GPU; null where too little is known of the host. */
export interface Spinning {
  /** Time of the host's own running, of its sleep, and of work on the GPU. */
  readonly runMs: number;
  readonly waitMs: number;
  readonly busyMs: number;
}

function hostTimes({ knownMs, hostMs, inputMs, waitMs }: WindowActivity): {
  readonly inputMs: number;
  readonly waitMs: number;
  readonly runMs: number;
} | null {
  if (hostMs < knownMs / 2) return null;
  const scale = knownMs / hostMs;
  const known = { inputMs: inputMs * scale, waitMs: waitMs * scale };
  return { ...known, runMs: Math.max(0, knownMs - known.inputMs - known.waitMs) };
}

export function spinningOf(window: WindowActivity): Spinning | null {
  const host = hostTimes(window);
  return host === null
    ? null
    : { runMs: host.runMs, waitMs: host.waitMs, busyMs: window.knownMs - window.idleMs };
}

export const mayHaveSpun = ({ runMs, busyMs }: Pick<Spinning, 'runMs' | 'busyMs'>): boolean =>
  runMs >= spinFactor * busyMs;

export interface SplitOptions {
  /** Processor use of workers, in cores, from which on the host is taken to wait for them. */
  readonly workersFrom?: number;
  /** Whether the host may have spun while it waited, where more is known of it than this window. */
  readonly spun?: boolean;
  /** Milliseconds by which the host slept longer than the GPU worked, lately: work told of too late comes after it. */
  readonly sleptMoreMs?: number;
}

export function splitIdle(window: WindowActivity, options: SplitOptions = {}): IdleCauses {
  const { knownMs, idleMs } = window;
  if (idleMs <= 0) return noCauses;
  const host = hostTimes(window);
  if (host === null) return { ...noCauses, unseen: idleMs };
  const { inputMs, waitMs, runMs } = host;
  const busyMs = knownMs - idleMs;
  const workersFrom = options.workersFrom ?? busyWorkerCores;
  const spun = options.spun ?? mayHaveSpun({ runMs, busyMs });
  const loading = Math.min(
    idleMs,
    inputMs - (spun ? 0 : besideWork(busyMs - waitMs - (options.sleptMoreMs ?? 0), inputMs, runMs)),
  );
  let left = idleMs - loading;
  let starved = 0;
  if ((window.workerCores ?? 0) >= workersFrom) {
    const sleepForGpuMs = spun ? 0 : busyMs;
    const excessMs = waitMs - sleepForGpuMs;
    if (excessMs > slackShare * knownMs) starved = Math.min(left, excessMs);
  }
  left -= starved;
  const running = Math.min(left, runMs);
  return { loading, starved, running, unexplained: left - running, unseen: 0 };
}

export const scaled = (causes: IdleCauses, by: number): IdleCauses => ({
  loading: causes.loading * by,
  starved: causes.starved * by,
  running: causes.running * by,
  unexplained: causes.unexplained * by,
  unseen: causes.unseen * by,
});

export const addCauses = (one: IdleCauses, other: IdleCauses): IdleCauses => ({
  loading: one.loading + other.loading,
  starved: one.starved + other.starved,
  running: one.running + other.running,
  unexplained: one.unexplained + other.unexplained,
  unseen: one.unseen + other.unseen,
});
