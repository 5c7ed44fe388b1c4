/** Keeps the power sources open: each fails alone, is asked again after a while, and is timed. */

import type { MissingReason } from '../contracts/provenance.ts';
import type { SourceStatus } from '../contracts/samplerProtocol.ts';
import type {
  DeviceActivity,
  DeviceProcess,
  DeviceReading,
  OpenOptions,
  PowerSource,
  SourceDevice,
  SourceDoor,
  SourceSession,
} from './sources/source.ts';

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

interface Kept {
  readonly source: PowerSource;
  session: SourceSession | null;
  status: SourceStatus;
  opening: boolean;
  retryAtMs: number;
  retryMs: number;
  /** Devices of the last session, kept while it is lost so that a run goes on with the same ones. */
  devices: readonly SourceDevice[];
  readCount: number;
  readMs: number;
  slowestReadMs: number;
}

export interface KeptDevice {
  readonly device: SourceDevice;
  readonly sourceId: string;
}

/** What reading a source has cost so far, in milliseconds. */
export interface SourceCost {
  readonly id: string;
  readonly reads: number;
  readonly totalMs: number;
  readonly slowestMs: number;
}

export class SourceKeeper {
  readonly #door: SourceDoor;
  readonly #kept: Kept[];
  #options: OpenOptions;
  #rateHz: number;
  #closed = false;
  /** What `devices` answers, until a source comes or goes. */
  #devices: readonly KeptDevice[] | null = null;
  /** Called when a status has changed. */
  onChanged: (statuses: readonly SourceStatus[]) => void = () => undefined;

  constructor(sources: readonly PowerSource[], door: SourceDoor, options: OpenOptions) {
    this.#door = door;
    this.#options = options;
    this.#rateHz = options.rateHz;
    this.#kept = sources.map((source) => ({
      source,
      session: null,
      status: {
        id: source.id,
        label: source.label,
        state: 'notFound',
        reason: null,
        detail: `${source.label}: no answer yet.`,
        remedy: 'Run nvidia-smi in a terminal: when it hangs there too, the driver needs a restart.',
        deviceCount: 0,
      },
      opening: false,
      retryAtMs: 0,
      retryMs: firstRetryMs,
      devices: [],
      readCount: 0,
      readMs: 0,
      slowestReadMs: 0,
    }));
  }

  /** A source that stands in for one that works is not asked and has nothing to say. */
  statuses(): readonly SourceStatus[] {
    return this.#kept.filter((kept) => !this.#isSpare(kept)).map(({ status }) => status);
  }

  /** The source that this one stands in for reads its devices, has not been asked yet, or found what this one names otherwise. */
  #isSpare(kept: Kept): boolean {
    const better = this.#betterThan(kept);
    if (better === undefined) return false;
    if (better.session !== null || better.retryAtMs === 0) return true;
    return kept.source.ownIds === true && this.#hasFound(better);
  }

  #betterThan({ source }: Kept): Kept | undefined {
    return this.#kept.find((kept) => kept.source.id === source.standsInFor);
  }

  /** Whether this source, or a better one, knows devices. */
  #hasFound(kept: Kept | undefined): boolean {
    return kept !== undefined && (kept.devices.length > 0 || this.#hasFound(this.#betterThan(kept)));
  }

  /** Resolves once every source has been asked for the first time. */
  async ready(): Promise<void> {
    const open = (kept: Kept): boolean => kept.opening || (kept.retryAtMs === 0 && !this.#isSpare(kept));
    while (!this.#closed && this.#kept.some(open)) {
      this.#openDue();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Each device once: as the source describes it that reads it now, else as the best one did before. */
  devices(): readonly KeptDevice[] {
    this.#devices ??= this.#listDevices();
    return this.#devices;
  }

  #listDevices(): readonly KeptDevice[] {
    const found = new Map<string, KeptDevice>();
    const reading = this.#kept.filter(({ session }) => session !== null);
    for (const { source, devices } of [...reading, ...this.#kept])
      for (const device of devices)
        if (!found.has(device.uuid)) found.set(device.uuid, { device, sourceId: source.id });
    return [...found.values()];
  }

  /** Why no source gives readings of this device now; null while one does. */
  lostReason(uuid: string): MissingReason | null {
    let reason: MissingReason | null = null;
    for (const { devices, session, status } of this.#kept) {
      if (!devices.some((device) => device.uuid === uuid)) continue;
      const lost = session === null ? (status.reason ?? 'lost') : (session.deviceLost?.(uuid) ?? null);
      if (lost === null) return null;
      reason ??= lost;
    }
    return reason;
  }

  processes(): readonly DeviceProcess[] | null {
    let known: DeviceProcess[] | null = null;
    for (const { session } of this.#kept) {
      const found = session?.processes() ?? null;
      if (found !== null) known = [...(known ?? []), ...found];
    }
    return known;
  }

  /** Whether a source tells who holds this device, so that a list without it means nobody. */
  knowsHolders(uuid: string): boolean {
    return this.#kept.some(
      ({ devices, session }) =>
        session !== null &&
        devices.some((device) => device.uuid === uuid) &&
        session.processes() !== null &&
        (session.listsHolders?.(uuid) ?? true),
    );
  }

  /** Who computed on this device in the last seconds; null when no source tells. */
  activity(uuid: string): DeviceActivity | null {
    for (const { session } of this.#kept) {
      const found = session?.activity?.(uuid) ?? null;
      if (found !== null) return found;
    }
    return null;
  }

  costs(): readonly SourceCost[] {
    return this.#kept.map(({ source, readCount, readMs, slowestReadMs }) => ({
      id: source.id,
      reads: readCount,
      totalMs: readMs,
      slowestMs: slowestReadMs,
    }));
  }

  setRate(rateHz: number): void {
    if (rateHz === this.#rateHz) return;
    this.#rateHz = rateHz;
    for (const { session } of this.#kept) session?.setRate?.(rateHz);
  }

  /** New settings take effect at the next opening; another program path opens at once. */
  configure(options: OpenOptions): void {
    const reopen =
      options.nvidiaSmiPath !== this.#options.nvidiaSmiPath ||
      (options.prometheusUrl ?? null) !== (this.#options.prometheusUrl ?? null);
    this.#options = options;
    if (!reopen) return;
    this.#devices = null;
    for (const kept of this.#kept) {
      kept.session?.close();
      kept.session = null;
      kept.retryAtMs = 0;
      kept.retryMs = firstRetryMs;
    }
  }

  /** Readings that arrived since the last call. Never throws. */
  read(): readonly DeviceReading[] {
    this.#openDue();
    const readings: DeviceReading[] = [];
    for (const kept of this.#kept) if (kept.session !== null) readings.push(...this.#readOne(kept));
    return readings;
  }

  #readOne(kept: Kept): readonly DeviceReading[] {
    const { session } = kept;
    if (session === null) return [];
    const fromMs = this.#door.nowMs();
    let readings: readonly DeviceReading[] = [];
    let lost: { readonly reason: MissingReason; readonly detail: string } | null = null;
    try {
      readings = session.read();
      lost = session.lost();
    } catch (error) {
      lost = { reason: 'badOutput', detail: error instanceof Error ? error.message : String(error) };
    }
    // Past one machine GPUs and jobs come and go while the source stays open.
    if (session.devices !== kept.devices) {
      kept.devices = session.devices;
      this.#devices = null;
    }
    const tookMs = this.#door.nowMs() - fromMs;
    kept.readCount += 1;
    kept.readMs += tookMs;
    kept.slowestReadMs = Math.max(kept.slowestReadMs, tookMs);
    // Readings prove that it works: the next loss starts with a short wait again.
    if (readings.length > 0) kept.retryMs = firstRetryMs;
    if (lost !== null) {
      session.close();
      kept.session = null;
      this.#devices = null;
      this.#later(kept);
      const { id, label, deviceCount } = kept.status;
      const remedy = /^(nvml|nvidia-smi)$/.test(id)
        ? 'It is tried again by itself; run nvidia-smi in a terminal if it does not come back.'
        : 'It is tried again by itself.';
      this.#setStatus(kept, { id, label, state: 'lost', ...lost, remedy, deviceCount });
    }
    return readings;
  }

  #openDue(): void {
    const nowMs = this.#door.nowMs();
    for (const kept of this.#kept) {
      if (this.#closed || kept.session !== null || kept.opening || nowMs < kept.retryAtMs) continue;
      if (this.#isSpare(kept)) continue;
      kept.opening = true;
      void this.#open(kept);
    }
  }

  async #open(kept: Kept): Promise<void> {
    const { id, label } = kept.source;
    const options = { ...this.#options, rateHz: this.#rateHz };
    try {
      const { status, session } = await kept.source.open(this.#door, options);
      if (this.#closed || this.#isSpare(kept)) {
        session?.close();
        kept.retryAtMs = 0;
        return;
      }
      if (session === null) this.#later(kept);
      else {
        kept.devices = session.devices;
        kept.retryAtMs = Number.POSITIVE_INFINITY;
        if (this.#rateHz !== options.rateHz) session.setRate?.(this.#rateHz);
      }
      kept.session = session;
      this.#devices = null;
      if (session !== null) this.#dismissStandIns(kept.source.id);
      // A source that was lost stays so for people until it is back: "not found" would hide that it was there.
      const hidden = session === null && kept.devices.length > 0 && status.state === 'notFound';
      this.#setStatus(kept, hidden ? { ...status, state: 'lost', deviceCount: kept.devices.length } : status);
    } catch (error) {
      this.#later(kept);
      const detail = error instanceof Error ? error.message : String(error);
      this.#setStatus(kept, {
        id,
        label,
        state: 'failed',
        reason: 'badOutput',
        detail,
        remedy: null,
        deviceCount: 0,
      });
    } finally {
      kept.opening = false;
    }
  }

  /** The better source is back: two that read the same device would count it twice. */
  #dismissStandIns(id: string): void {
    for (const kept of this.#kept) {
      if (kept.source.standsInFor !== id || kept.retryAtMs === 0) continue;
      kept.session?.close();
      kept.session = null;
      kept.devices = [];
      kept.retryAtMs = 0;
      kept.retryMs = firstRetryMs;
      this.#dismissStandIns(kept.source.id);
    }
  }

  #later(kept: Kept): void {
    kept.retryAtMs = this.#door.nowMs() + kept.retryMs;
    kept.retryMs = Math.min(longestRetryMs, kept.retryMs * 2);
  }

  #setStatus(kept: Kept, status: SourceStatus): void {
    const same = JSON.stringify(kept.status) === JSON.stringify(status);
    kept.status = status;
    if (!same) this.onChanged(this.statuses());
  }

  close(): void {
    this.#closed = true;
    for (const { session } of this.#kept) session?.close();
  }
}
