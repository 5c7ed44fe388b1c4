/**
 * How often the processes are looked at: four times a second while something may begin or end at any moment, once a
 * second when all has been settled for a while. In between only a process that was started since is a reason to look,
 * where a run is waited for.
 */

const quickEveryMs = 250;
const slowEveryMs = 1_000;
/** After the last thing that happened; the driver is usually mapped within the first seconds of a process. */
const quickForMs = 15_000;

export class ScanPace {
  #scannedAtMs = Number.NEGATIVE_INFINITY;
  #quickUntilMs = Number.NEGATIVE_INFINITY;

  /** Something began, ended or changed. */
  stir(nowMs: number): void {
    this.#quickUntilMs = nowMs + quickForMs;
  }

  scanned(nowMs: number): void {
    this.#scannedAtMs = nowMs;
  }

  /** @param mayHaveNew whether a process may have been started since the last scan; asked only where it matters */
  due(nowMs: number, mayHaveNew: () => boolean): boolean {
    const passedMs = nowMs - this.#scannedAtMs;
    if (passedMs < quickEveryMs) return false;
    return passedMs >= slowEveryMs || nowMs < this.#quickUntilMs || mayHaveNew();
  }
}
