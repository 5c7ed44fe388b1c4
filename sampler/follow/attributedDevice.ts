/** A GPU of a run: as its source describes it, with how it came to the run. */

import type { DeviceAttribution, RunDevice } from '../../contracts/runs.ts';
import type { SourceDevice } from '../sources/source.ts';

export interface AttributedDevice {
  readonly device: SourceDevice;
  readonly sourceId: string;
  readonly simulated: boolean;
  readonly attribution: DeviceAttribution;
}

export function toRunDevice({ device, sourceId, simulated, attribution }: AttributedDevice): RunDevice {
  const { powerQuality, hasEnergyCounter, band, ...described } = device;
  const { kind: _kind, holders: _holders, ...info } = described;
  const quality = hasEnergyCounter ? 'counterUnchecked' : powerQuality;
  return { ...info, attribution, provenance: { source: sourceId, quality, simulated, band } };
}

/** A device of a stored run, until its source names it again. */
export function recalled(device: RunDevice): AttributedDevice {
  const { attribution, provenance, ...info } = device;
  const counted = provenance.quality === 'counter' || provenance.quality === 'counterUnchecked';
  return {
    device: {
      ...info,
      powerQuality: counted ? 'instant' : provenance.quality,
      hasEnergyCounter: counted,
      band: provenance.band,
    },
    sourceId: provenance.source,
    simulated: provenance.simulated,
    attribution,
  };
}
