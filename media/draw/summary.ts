/** What the page shows, as data on its root: tests and people at the console need not read pixels. */

import { type ChartData, isSimulated } from '../chartData.ts';
import { powerNow } from '../figures.ts';
import type { PanelState } from '../state.ts';
import { lastMs } from '../timeline.ts';
import { setAttribute } from './dom.ts';

export interface PanelData {
  readonly state: PanelState;
  readonly chart: ChartData | undefined;
}

declare global {
  interface HTMLElement {
    /** Only on the root element. */
    perjoule?: PanelData;
  }
}

export function summarize(root: HTMLElement, state: PanelState, chart: ChartData | undefined): void {
  const { run } = state;
  const now = run === null ? undefined : powerNow(state, run);
  const facts: Readonly<Record<string, string | number | null | undefined>> = {
    hydrated: String(state.hydrated),
    empty: run === null && state.hydrated ? (state.empty?.reason ?? 'noRuns') : null,
    'run-id': run?.runId,
    'run-state': run?.state,
    simulated: run === null ? null : String(isSimulated(run)),
    'last-ms': run === null ? null : lastMs(state.curves.whole),
    points: chart?.lines.reduce((count, line) => count + line.points.length, 0),
    'energy-j': run?.totals.energyJ,
    'power-w': now?.value,
    'per-step-j': run?.steps?.perStepJ,
    waste: run?.waste.map(({ kind, energyJ }) => `${kind}=${energyJ}`).join(' '),
    verdict: state.comparison?.verdict,
  };
  for (const [name, fact] of Object.entries(facts)) {
    setAttribute(root, `data-${name}`, fact === null || fact === undefined ? null : String(fact));
  }
  root.perjoule = { state, chart };
}
