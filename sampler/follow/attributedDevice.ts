/** A GPU of a run: as its source describes it, with how it came to the run. */

import type { DeviceAttribution, IdlePower, RunDevice } from '../../contracts/runs.ts';
import type { SharingState } from '../../contracts/sharing.ts';
import type { SourceDevice } from '../sources/source.ts';

export interface AttributedDevice {
  readonly device: SourceDevice;
  readonly sourceId: string;
  readonly simulated: boolean;
  readonly attribution: DeviceAttribution;
  /** Where the division of its energy stood, of a stored run. */
  readonly sharingState?: SharingState;
}

export function toRunDevice(
  { device, sourceId, simulated, attribution }: AttributedDevice,
  sharingState: SharingState | null,
  idlePower: IdlePower | null = null,
): RunDevice {
  const { powerQuality, hasEnergyCounter, band, ...described } = device;
  const { kind: _kind, holders: _holders, wholeModule: _module, ...info } = described;
  const quality = hasEnergyCounter ? 'counterUnchecked' : powerQuality;
  const provenance = { source: sourceId, quality, simulated, band };
  const shown = idlePower !== null && (idlePower.contextIdlePowerW ?? idlePower.idlePowerW) !== null;
  return {
    ...info,
    attribution,
    provenance,
    ...(sharingState === null ? {} : { sharingState }),
    ...(shown ? { idlePower } : {}),
  };
}

/** A device of a stored run, until its source names it again. */
export function recalled(device: RunDevice): AttributedDevice {
  const { attribution, provenance, sharingState, idlePower: _idle, ...info } = device;
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
    ...(sharingState === undefined ? {} : { sharingState }),
  };
}
