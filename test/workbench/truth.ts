import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TruthRecord } from '../../sampler/sources/simulated/truthFile.ts';
import { until } from '../../tools/until.ts';
import type { PanelFacts } from './energyPanel.ts';

/** What a waste may be off from the simulator's own account, as a share. */
const tolerance = 0.15;

/** The records the simulator wrote for the runs of this workspace, oldest first. Only tests read them. */
export function truthRecords(workspace: string, count: number): Promise<readonly TruthRecord[]> {
  const file = join(workspace, '.perjoule', 'sim.jsonl.truth.jsonl');
  return until(`${count} truth records`, () => {
    if (!existsSync(file)) return undefined;
    const records = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TruthRecord);
    return records.length >= count ? records : undefined;
  });
}

/** What the panel names as a share of the truth, kind by kind. */
function wasteAgainstTruth(facts: PanelFacts, truth: TruthRecord): Readonly<Record<string, number>> {
  return {
    inputWait: (facts.waste['inputWait'] ?? 0) / truth.inputWaitJ,
    hostSync: (facts.waste['hostSync'] ?? 0) / truth.hostSyncJ,
  };
}

/** Every waste within the tolerance of the simulator's own account; returns the ratios, for printing. */
export function assertTrueWaste(facts: PanelFacts, truth: TruthRecord): string {
  const ratios = wasteAgainstTruth(facts, truth);
  const printed = JSON.stringify(ratios);
  for (const ratio of Object.values(ratios))
    assert.ok(Math.abs(ratio - 1) <= tolerance, `outside ${tolerance * 100} % of the truth: ${printed}`);
  return printed;
}
