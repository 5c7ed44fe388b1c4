/**
 * GPUs of other machines through a Prometheus that scrapes their exporters. Nothing is asked unless a person has set
 * an address. A scrape comes every 10 to 30 s as a rule: energy is what is good there, peaks of power are not.
 */

import type { MissingReason } from '../../contracts/provenance.ts';
import { answersOf, countText } from './answers.ts';
import {
  type PrometheusAddress,
  PrometheusError,
  parseAddress,
  query,
  serverTimeS,
} from './prometheus/api.ts';
import { gpuQuery, gpusOf, type RemoteGpu } from './prometheus/gpuSeries.ts';
import type { DeviceReading, PowerSource, SourceDevice, SourceDoor, SourceSession } from './source.ts';

const source = { id: 'prometheus', label: 'GPUs of other machines (Prometheus)', host: true } as const;
const addressRemedy = 'Set "perjoule.sampler.prometheusUrl", or give an address with --prometheus.';
/** At the first look: three scrapes of the slowest usual rate. */
const lookBackS = 90;
const everyMs = 2_000;
/** Scrapes arrive late by as much. */
const overlapS = 15;
const mostFailures = 3;

function deviceOf(gpu: RemoteGpu): SourceDevice {
  const { uuid, node, index, name, vendor, hasEnergyCounter, readEveryMs, holders } = gpu;
  return {
    uuid,
    index,
    name: `${name} on ${node}`,
    vendor,
    memoryTotalBytes: null,
    powerLimitW: null,
    kind: 'remote',
    holders,
    powerQuality: 'averaged1s',
    hasEnergyCounter,
    ...(readEveryMs === null ? {} : { readEveryMs }),
    band: 0.1,
  };
}

function openSession(
  door: SourceDoor,
  address: PrometheusAddress,
  /** The server's time in seconds at the door's time 0. */
  zeroS: number,
  found: readonly RemoteGpu[],
): SourceSession {
  let devices = found.map(deviceOf);
  const newestS = new Map<string, number>();
  let arrived: DeviceReading[] = [];
  let askedMs = door.nowMs();
  let asking = false;
  let closed = false;
  let failures = 0;
  let lost: { reason: MissingReason; detail: string } | null = null;

  function take(gpus: readonly RemoteGpu[]): void {
    for (const { uuid, readings } of gpus) {
      for (const { timeS, values } of readings) {
        if (timeS <= (newestS.get(uuid) ?? Number.NEGATIVE_INFINITY)) continue;
        newestS.set(uuid, timeS);
        arrived.push({ uuid, timeMs: (timeS - zeroS) * 1000, ...values });
      }
    }
  }

  async function ask(): Promise<void> {
    asking = true;
    const sinceS = (door.nowMs() - askedMs) / 1000;
    askedMs = door.nowMs();
    try {
      const gpus = gpusOf(await query(door, address, gpuQuery(sinceS + overlapS)));
      failures = 0;
      const known = new Map(devices.map((device) => [device.uuid, device]));
      // The pace as it was first told: a few seconds do not show it.
      for (const gpu of gpus) {
        const readEveryMs = known.get(gpu.uuid)?.readEveryMs ?? gpu.readEveryMs;
        known.set(gpu.uuid, deviceOf({ ...gpu, readEveryMs }));
      }
      devices = [...known.values()];
      if (!closed) take(gpus);
    } catch (error) {
      failures += 1;
      if (failures < mostFailures) return;
      const reason = error instanceof PrometheusError ? error.reason : 'badOutput';
      lost = {
        reason,
        detail: `${address.shown}: ${error instanceof Error ? error.message : String(error)}.`,
      };
    } finally {
      asking = false;
    }
  }

  // Only what is new from now on: a long past would look like one moment.
  for (const { uuid, readings } of found)
    newestS.set(uuid, readings.at(-2)?.timeS ?? Number.NEGATIVE_INFINITY);
  take(found);
  return {
    get devices() {
      return devices;
    },
    read() {
      if (!asking && door.nowMs() - askedMs >= everyMs) void ask();
      const readings = arrived;
      arrived = [];
      return readings;
    },
    processes: () => null,
    lost: () => lost,
    close() {
      closed = true;
    },
  };
}

export function createPrometheus(): PowerSource {
  const { found, without } = answersOf(source);
  return {
    id: source.id,
    label: source.label,
    simulated: false,
    async open(door, { prometheusUrl }) {
      if (prometheusUrl === undefined || prometheusUrl === null || prometheusUrl === '')
        return without({
          state: 'notFound',
          reason: 'notFound',
          detail: 'No address is set, so nothing was asked.',
          remedy: addressRemedy,
        });
      const address = parseAddress(prometheusUrl);
      if (address === null)
        return without({
          state: 'failed',
          reason: 'badOutput',
          detail: 'The address is not one of http or https.',
          remedy: addressRemedy,
        });
      try {
        const nowMs = door.nowMs();
        const timeS = await serverTimeS(door, address);
        // The answer was made somewhere between the question and now.
        const zeroS = timeS - (nowMs + door.nowMs()) / 2000;
        const gpus = gpusOf(await query(door, address, gpuQuery(lookBackS)));
        if (gpus.length === 0)
          return without({
            state: 'failed',
            reason: 'notFound',
            detail: `${address.shown} has no series of GPUs in the last ${lookBackS} s.`,
            remedy: 'Let it scrape dcgm-exporter or the device-metrics-exporter of AMD.',
          });
        const nodes = new Set(gpus.map(({ node }) => node)).size;
        const count = `${countText(gpus.length, 'GPU')} of ${countText(nodes, 'node')}`;
        return found(openSession(door, address, zeroS, gpus), `${count} at ${address.shown}.`);
      } catch (error) {
        return without({
          state: 'failed',
          reason: error instanceof PrometheusError ? error.reason : 'badOutput',
          detail: `${address.shown}: ${error instanceof Error ? error.message : String(error)}.`,
          remedy: 'Check the address, and that it can be reached from here.',
        });
      }
    },
  };
}
