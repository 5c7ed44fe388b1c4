/** The waste of a run, kind by kind. The kinds never share a joule; what is left of the total was useful or too little to name. */

import type { WasteItem } from '../../contracts/waste.ts';
import { placesOf, type RunEvidence, type WasteTeller } from './evidence.ts';
import { hostHeld } from './kinds/hostHeld.ts';
import { idleHeld } from './kinds/idleHeld.ts';
import { imbalance } from './kinds/imbalance.ts';
import { lowLoad } from './kinds/lowLoad.ts';
import { pauses } from './kinds/pauses.ts';
import { startUp } from './kinds/startUp.ts';
import { throttling } from './kinds/throttling.ts';
import { unusedGpu } from './kinds/unusedGpu.ts';
import { whatIf } from './whatIf.ts';

const leastShare = 0.02;
/** Of what no code bears out: less may be how late the readings are. */
const leastUnsureShare = 0.035;
const tellers: readonly WasteTeller[] = [
  startUp,
  hostHeld,
  lowLoad,
  imbalance,
  throttling,
  pauses,
  idleHeld,
  unusedGpu,
];

/** Most joules first; nothing under 2 % of the run's energy so far, 3.5 % where it is unsure. */
export function nameWaste(evidence: RunEvidence): readonly WasteItem[] {
  const { runEnergyJ, findings } = evidence;
  if (runEnergyJ === null || runEnergyJ <= 0) return [];
  return tellers
    .flatMap((teller) => teller(evidence))
    .filter(
      ({ energyJ, certainty }) =>
        energyJ >= runEnergyJ * (certainty === 'possible' ? leastUnsureShare : leastShare),
    )
    .map((told): WasteItem => {
      const { bareJ: _bare, ...item } = told;
      return {
        ...item,
        share: Math.min(1, item.energyJ / runEnergyJ),
        places: placesOf(findings, item.kind),
        whatIf: whatIf(told),
      };
    })
    .sort((one, other) => other.energyJ - one.energyJ);
}
