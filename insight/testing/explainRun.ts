/** Feeds a generated run to the insight as a sampler would, and gives what it says of it. */

import type { StaticFinding } from '../../contracts/findings.ts';
import type { WasteItem, WasteKind } from '../../contracts/waste.ts';
import { createRunInsight, type InsightSnapshot, type RunInsight } from '../runInsight.ts';
import { type GeneratedRun, generateRun, type RunPlan, type StepPlan } from './generatedRun.ts';

export const finding = (wasteKind: WasteKind, line = 3): StaticFinding => ({
  rule: wasteKind === 'inputWait' ? 'loader-no-workers' : 'sync-scalar-in-step',
  path: '/project/train.py',
  line,
  endLine: line,
  message: 'A message.',
  severity: 'information',
  confidence: 'likely',
  regionHash: 'hash',
  wasteKind,
  fixTitle: null,
});
export const bothFindings = [finding('inputWait', 27), finding('hostSync', 88)] as const;

/** The demo's step: 0.55 s, of which the GPU works 0.25 s. `scale` makes it longer or shorter. */
export const wastefulStep = (scale = 1): StepPlan => ({
  loadMs: 180 * scale,
  workMs: 250 * scale,
  hostMs: 100 * scale,
  sync: true,
  spin: false,
  workers: false,
});

export interface Explained {
  readonly run: GeneratedRun;
  readonly insight: RunInsight;
  readonly snapshot: InsightSnapshot;
  readonly item: (kind: WasteKind) => WasteItem | undefined;
}

/** `until`: stop after so many milliseconds of the run. */
export function explainRun(
  plan: RunPlan,
  seed: number,
  findings: readonly StaticFinding[] = bothFindings,
  until = Number.POSITIVE_INFINITY,
): Explained {
  const run = generateRun(plan, seed);
  const insight = createRunInsight([run.device], { sourceId: 'simulated', simulated: true });
  insight.setFindings(findings);
  let printed = 0;
  for (const tick of run.ticks) {
    if (tick.timeMs > until) break;
    for (; (run.output[printed]?.timeMs ?? Number.POSITIVE_INFINITY) <= tick.timeMs; printed += 1) {
      const { text, timeMs } = run.output[printed] ?? { text: '', timeMs: 0 };
      insight.addOutput(text, timeMs + 3);
    }
    insight.addTick(tick);
  }
  const snapshot = insight.snapshot();
  return { run, insight, snapshot, item: (kind) => snapshot.waste.find((waste) => waste.kind === kind) };
}
