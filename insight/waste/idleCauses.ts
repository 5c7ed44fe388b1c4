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

export function splitIdle(window: WindowActivity): IdleCauses {
  const { knownMs, idleMs, hostMs } = window;
  if (idleMs <= 0) return noCauses;
  if (hostMs < knownMs / 2) return { ...noCauses, unseen: idleMs };
  const scale = knownMs / hostMs;
  const inputMs = window.inputMs * scale;
  const waitMs = window.waitMs * scale;
  const runMs = Math.max(0, knownMs - inputMs - waitMs);
  const busyMs = knownMs - idleMs;

  const mayHaveSpun = runMs >= spinFactor * busyMs;
  const loading = Math.min(idleMs, inputMs - (mayHaveSpun ? 0 : besideWork(busyMs - waitMs, inputMs, runMs)));
  let left = idleMs - loading;
  let starved = 0;
  if ((window.workerCores ?? 0) >= busyWorkerCores) {
    const sleepForGpuMs = mayHaveSpun ? 0 : busyMs;
    const excessMs = waitMs - sleepForGpuMs;
    if (excessMs > slackShare * knownMs) starved = Math.min(left, excessMs);
  }
  left -= starved;
  const running = Math.min(left, runMs);
  return { loading, starved, running, unexplained: left - running, unseen: 0 };
}

export const addCauses = (one: IdleCauses, other: IdleCauses): IdleCauses => ({
  loading: one.loading + other.loading,
  starved: one.starved + other.starved,
  running: one.running + other.running,
  unexplained: one.unexplained + other.unexplained,
  unseen: one.unseen + other.unseen,
});
