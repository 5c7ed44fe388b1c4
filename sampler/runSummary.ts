/** What a list says of a run: its record without what only the open run shows. */

import type { RunDetail, RunSummary } from '../contracts/runs.ts';

export function runSummary(detail: RunDetail): RunSummary {
  const {
    waste: _waste,
    gaps: _gaps,
    stepMarks: _marks,
    notices: _notices,
    hints: _hints,
    wallMeter: _meter,
    ...summary
  } = detail;
  return summary;
}
