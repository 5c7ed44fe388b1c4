/** Keeps what the truth needs to know of each run, and writes one line a run when it has ended. */

import { type WasteKind, wasteKinds } from '../../../contracts/waste.ts';
import type { SourceDoor } from '../source.ts';
import type { SimulatedDevice } from './simulatedDevice.ts';
import type { HostLine } from './submissions.ts';
import { type TrueDevice, trueKindsOf } from './trueKinds.ts';
import { trueWasteOf } from './trueWaste.ts';
import type { Span } from './workQueue.ts';

export const truthPath = (submissionFile: string): string => `${submissionFile}.truth.jsonl`;

export interface TruthCause {
  readonly energyJ: number;
  readonly seconds: number;
  /** Seconds of the monotonic clock. */
  readonly intervals: readonly (readonly [from: number, to: number])[];
}

export interface DeviceTruth {
  readonly uuid: string;
  readonly index: number;
  readonly model: string;
  readonly from: number;
  readonly to: number;
  readonly energyJ: number;
  /** What it draws with nothing open, watts. */
  readonly bareIdleW: number;
  /** While the queue was empty. */
  readonly idleJ: number;
  readonly busySeconds: number;
  readonly inputWait: TruthCause;
  readonly hostSync: TruthCause;
  readonly otherIdle: TruthCause;
  /** The same time by every kind that a diagnosis tells, and what no kind of idle time is: low load and throttling. */
  readonly kinds: Readonly<Record<WasteKind, TruthCause>>;
}

export interface TruthRecord {
  readonly simulated: true;
  readonly pid: number;
  /** First context opened, last one closed: seconds of the monotonic clock. */
  readonly from: number;
  readonly to: number;
  /** False when the session ended while the process still held a device. */
  readonly complete: boolean;
  /** Sums over the devices. */
  readonly energyJ: number;
  readonly idleJ: number;
  readonly inputWaitJ: number;
  readonly hostSyncJ: number;
  readonly kindsJ: Readonly<Record<WasteKind, number>>;
  readonly devices: readonly DeviceTruth[];
}

interface OpenRun {
  readonly pid: number;
  readonly fromMs: number;
  readonly host: HostLine[];
  readonly devices: Map<SimulatedDevice, number>;
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

const kindIds = Object.keys(wasteKinds) as readonly WasteKind[];
const byKind = <T>(of: (kind: WasteKind) => T): Readonly<Record<WasteKind, T>> =>
  Object.fromEntries(kindIds.map((kind) => [kind, of(kind)])) as Record<WasteKind, T>;

function causeOf(device: SimulatedDevice, spans: readonly Span[], joules?: number): TruthCause {
  const energyJ = joules ?? spans.reduce((sum, span) => sum + device.queue.energyJ(span), 0);
  const ms = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const intervals = spans.map(({ fromMs, toMs }) => [round(fromMs / 1000), round(toMs / 1000)] as const);
  return { energyJ: round(energyJ), seconds: round(ms / 1000), intervals };
}

const trueDevice = (device: SimulatedDevice, held: Span): TrueDevice => ({
  queue: device.queue,
  index: device.index,
  limitW: device.limitW,
  held,
});

function deviceTruth(
  device: SimulatedDevice,
  held: Span,
  host: readonly HostLine[],
  others: readonly TrueDevice[],
): DeviceTruth {
  const { queue, index, info, modelId } = device;
  const waste = trueWasteOf(queue, index, held, host);
  const idle = causeOf(device, queue.idleWithin(held));
  const kinds = trueKindsOf(trueDevice(device, held), others, host);
  return {
    uuid: info.uuid,
    index,
    model: modelId,
    from: round(held.fromMs / 1000),
    to: round(held.toMs / 1000),
    energyJ: round(queue.energyJ(held)),
    bareIdleW: queue.idleW,
    idleJ: idle.energyJ,
    busySeconds: round((held.toMs - held.fromMs) / 1000 - idle.seconds),
    inputWait: causeOf(device, waste.inputWait),
    hostSync: causeOf(device, waste.hostSync),
    otherIdle: causeOf(device, waste.otherIdle),
    kinds: byKind((kind) => causeOf(device, kinds[kind].spans, kinds[kind].energyJ)),
  };
}

export class TruthFile {
  readonly #door: SourceDoor;
  readonly #path: string;
  readonly #runs = new Map<number, OpenRun>();

  constructor(door: SourceDoor, path: string) {
    this.#door = door;
    this.#path = path;
  }

  opened(pid: number, device: SimulatedDevice, timeMs: number): void {
    const run = this.#runs.get(pid) ?? { pid, fromMs: timeMs, host: [], devices: new Map() };
    this.#runs.set(pid, run);
    if (!run.devices.has(device)) run.devices.set(device, timeMs);
  }

  host(line: HostLine): void {
    this.#runs.get(line.pid)?.host.push(line);
  }

  /** Start of the oldest run that is still open: what a queue must not forget. */
  oldestMs(): number | null {
    let oldest: number | null = null;
    for (const { fromMs } of this.#runs.values()) oldest = Math.min(oldest ?? fromMs, fromMs);
    return oldest;
  }

  /** Writes the record. Call after the queues know that the process let go. */
  ended(pid: number, timeMs: number, complete: boolean): void {
    const run = this.#runs.get(pid);
    if (run === undefined) return;
    this.#runs.delete(pid);
    const held = [...run.devices].map(([device, fromMs]) => ({
      device,
      span: { fromMs, toMs: Math.max(fromMs, timeMs) },
    }));
    const devices = held.map(({ device, span }) => {
      const others = held.filter((other) => other.device !== device);
      return deviceTruth(
        device,
        span,
        run.host,
        others.map((other) => trueDevice(other.device, other.span)),
      );
    });
    const sum = (of: (device: DeviceTruth) => number): number =>
      round(devices.reduce((total, device) => total + of(device), 0));
    const record: TruthRecord = {
      simulated: true,
      pid,
      from: round(run.fromMs / 1000),
      to: round(timeMs / 1000),
      complete,
      energyJ: sum(({ energyJ }) => energyJ),
      idleJ: sum(({ idleJ }) => idleJ),
      inputWaitJ: sum(({ inputWait }) => inputWait.energyJ),
      hostSyncJ: sum(({ hostSync }) => hostSync.energyJ),
      kindsJ: byKind((kind) => sum(({ kinds }) => kinds[kind].energyJ)),
      devices,
    };
    this.#door.append(this.#path, `${JSON.stringify(record)}\n`);
  }

  openPids(): number[] {
    return [...this.#runs.keys()];
  }
}
