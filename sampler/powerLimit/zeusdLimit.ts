/** Power limits through zeusd, where its administrator lets users change them. It numbers GPUs as the driver does. */

import type { SourceDoor } from '../sources/source.ts';
import {
  discover,
  gpuPowerLimitBounds,
  gpuPowerLimitW,
  mayControlGpus,
  setGpuPowerLimit,
  ZeusdError,
  type ZeusdPlace,
} from '../sources/zeusd/api.ts';
import { type LimitControl, LimitError } from './limitControl.ts';

export function zeusdLimit(door: SourceDoor, place: ZeusdPlace): LimitControl {
  return {
    id: 'zeusd',
    async range({ uuid, index, name }) {
      if (!/^(GPU|zeusd)-/.test(uuid)) return null;
      try {
        // Another GPU under this number would be a stranger's.
        const same = (await discover(door, place)).some((gpu) => gpu.id === index && gpu.name === name);
        if (!same || !(await mayControlGpus(door, place))) return null;
        const currentW = (await gpuPowerLimitW(door, place, [index])).get(index);
        const bounds = await gpuPowerLimitBounds(door, place, index);
        return currentW === undefined || bounds === undefined
          ? null
          : { currentW, defaultW: null, ...bounds };
      } catch (error) {
        if (error instanceof ZeusdError) return null;
        throw error;
      }
    },
    async set({ index }, limitW) {
      try {
        await setGpuPowerLimit(door, place, index, limitW);
      } catch (error) {
        if (!(error instanceof ZeusdError)) throw error;
        const { reason } = error;
        throw new LimitError(
          reason === 'noPermission'
            ? {
                reason,
                message: 'zeusd does not let this user change the power limit.',
                remedy: 'Ask for a token with the scope gpu-control and set ZEUSD_TOKEN.',
              }
            : {
                reason,
                message: `zeusd did not set ${limitW} W: ${error.message}.`,
                remedy: 'Look at the output of zeusd for the reason.',
              },
        );
      }
    },
    command: ({ index }) =>
      `curl --unix-socket ${place.socketPath} -X POST 'http://zeusd/gpu/set_power_limit?gpu_ids=${index}&power_limit_mw=<W>000&block=true'`,
  };
}
