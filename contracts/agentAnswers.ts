/** What tools for agents answer about runs: figures with their units in the name, and where they come from. */

import { provenanceTag } from './provenance.ts';
import type { Comparison, RunSummary } from './runs.ts';

/** Figures of a run; what is not known is null and never 0. */
export function runAnswer(run: RunSummary): object {
  const { energyJ, idleJ, provenance, coverage } = run.totals;
  return {
    run: run.number,
    runId: run.runId,
    name: run.name,
    command: run.command,
    state: run.state,
    exitCode: run.exitCode,
    startedAt: new Date(run.startedAtMs).toISOString(),
    durationMs: run.durationMs,
    energyJ,
    energyWh: energyJ === null ? null : energyJ / 3600,
    idleShare: energyJ === null || energyJ <= 0 || idleJ === null ? null : idleJ / energyJ,
    perStepJ: run.steps?.perStepJ ?? null,
    counted: run.steps?.unit ?? 'step',
    measuredBy: provenanceTag(provenance),
    measuredShareOfTime: coverage,
    simulated: run.simulated,
    baseline: run.baseline === true,
  };
}

/** Without the curves, which are for drawing. */
export function comparisonAnswer({ curves: _curves, ...comparison }: Comparison): object {
  return comparison;
}
