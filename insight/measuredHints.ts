/** What a run says about each finding it was given: the waste was there, or there were steps enough and it was not. */

import type { MeasuredHint, StaticFinding } from '../contracts/findings.ts';
import type { EnergyTotals, StepFigures } from '../contracts/runs.ts';
import type { WasteItem } from '../contracts/waste.ts';

/** Fewer known steps than this cannot refute a finding. */
const stepsToRefute = 20;

export interface MeasuredRun {
  readonly runId: string;
  readonly name: string;
  readonly simulated: boolean;
  readonly totals: EnergyTotals;
  readonly steps: StepFigures | null;
  readonly waste: readonly WasteItem[];
}

/**
 * One hint for each finding whose kind of waste a run can show. When several findings share a kind, the joules are the
 * kind's: they are not split by guess, and each place says so through the shared figure.
 */
export function measuredHints(run: MeasuredRun, findings: readonly StaticFinding[]): readonly MeasuredHint[] {
  const measured = run.totals.energyJ !== null && run.totals.coverage > 0.5;
  return findings.flatMap((finding): MeasuredHint[] => {
    const kind = finding.wasteKind;
    if (kind === null || !measured) return [];
    const item = run.waste.find((candidate) => candidate.kind === kind);
    if (item === undefined && (run.steps?.count ?? 0) < stepsToRefute) return [];
    return [
      {
        rule: finding.rule,
        path: finding.path,
        regionHash: finding.regionHash,
        verdict: item === undefined ? 'refuted' : 'confirmed',
        energyJ: item?.energyJ ?? 0,
        share: item?.share ?? 0,
        runId: run.runId,
        runName: run.name,
        simulated: run.simulated,
      },
    ];
  });
}
