/** A session that asks zeusd again and again: one question under way at a time, given up after a few failures. */

import type { MissingReason } from '../../../contracts/provenance.ts';
import type { DeviceReading, SourceDevice, SourceDoor, SourceSession } from '../source.ts';
import { ZeusdError } from './api.ts';

const mostFailures = 3;

/** @param ask the readings of one round. @throws ZeusdError */
export function polledSession(
  door: SourceDoor,
  devices: readonly SourceDevice[],
  rateHz: number,
  ask: () => Promise<readonly DeviceReading[]>,
): SourceSession {
  let periodMs = 1000 / rateHz;
  let arrived: DeviceReading[] = [];
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking = false;
  let failures = 0;
  let lost: { reason: MissingReason; detail: string } | null = null;

  async function round(): Promise<void> {
    asking = true;
    askedMs = door.nowMs();
    try {
      const readings = await ask();
      arrived.push(...readings);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures < mostFailures) return;
      const reason = error instanceof ZeusdError ? error.reason : 'badOutput';
      // It was there when the session was opened.
      lost = {
        reason: reason === 'notFound' ? 'lost' : reason,
        detail: `${error instanceof Error ? error.message : String(error)}.`,
      };
    } finally {
      asking = false;
    }
  }

  return {
    devices,
    read() {
      // Half a period early is on time: the next call would be late.
      if (!asking && door.nowMs() - askedMs >= periodMs / 2) void round();
      const readings = arrived;
      arrived = [];
      return readings;
    },
    processes: () => null,
    setRate(next) {
      periodMs = 1000 / next;
    },
    lost: () => lost,
    close: () => undefined,
  };
}
