/**
 * Messages between the panel's host and its page: one tagged union each way, with a version.
 * The page says `ready` first; the host answers with `hydrate`, then sends what changes.
 * The model lives in the host: a page that was hidden or moved asks again and loses nothing.
 */

import type { BalancePlan } from './balancePlan.ts';
import type { ChartId } from './charts.ts';
import type { ChosenPlan, PipelineAsk, PipelineState } from './pipelinePlan.ts';
import type { BatchPlan, PlannedPower, PowerLimitState, PowerSweep, SizedRun } from './powerPlan.ts';
import type { Comparison, RunDetail, RunSummary, SeriesBlock, WindowTotals } from './runs.ts';
import type { LiveUpdate, SourceStatus, StoreState, TotalsParams } from './samplerProtocol.ts';
import type { TraceReading } from './trace.ts';
import type { WasteKind } from './waste.ts';

export const viewProtocolVersion = 1;

/** Why there is nothing to draw. Each has its own text and one remedy. */
export type EmptyReason = 'noRuns' | 'noGpu' | 'samplerFailed' | 'untrusted' | 'starting';

/** The answer for a stretch of a run: either its totals or why there are none. */
export interface StretchTotals extends TotalsParams {
  readonly totals: WindowTotals | null;
  readonly failure: string | null;
}

export type HostMessage =
  | {
      readonly type: 'hydrate';
      readonly protocol: number;
      /** Newest first. */
      readonly runs: readonly RunSummary[];
      readonly run: RunDetail | null;
      readonly block: SeriesBlock | null;
      readonly sources: readonly SourceStatus[];
      readonly store: StoreState | null;
      readonly empty: { readonly reason: EmptyReason; readonly detail: string } | null;
    }
  | { readonly type: 'live'; readonly update: LiveUpdate }
  | { readonly type: 'run'; readonly run: RunDetail }
  | { readonly type: 'runs'; readonly runs: readonly RunSummary[] }
  | { readonly type: 'series'; readonly runId: string; readonly block: SeriesBlock }
  | ({ readonly type: 'totals' } & StretchTotals)
  | { readonly type: 'comparison'; readonly comparison: Comparison }
  | {
      readonly type: 'comparisonFailed';
      readonly baselineRunId: string;
      readonly runId: string;
      readonly message: string;
    }
  /** Null: it was closed. */
  | { readonly type: 'trace'; readonly reading: TraceReading | null }
  | {
      readonly type: 'plan';
      readonly plan: PlannedPower;
      /** How the limit of each GPU of the run is set; empty for a run that is over. */
      readonly limits: readonly PowerLimitState[];
    }
  /** Either the plan or why there is none. */
  | {
      readonly type: 'batchPlan';
      readonly runId: string;
      readonly plan: BatchPlan | null;
      readonly failure: string | null;
    }
  | {
      readonly type: 'balancePlan';
      readonly runId: string;
      readonly plan: BalancePlan | null;
      readonly failure: string | null;
    }
  | { readonly type: 'pipeline'; readonly pipeline: PipelineState }
  | { readonly type: 'pipelineChosen'; readonly plan: ChosenPlan }
  /** The pipeline plan was asked for elsewhere, and is brought into view. */
  | { readonly type: 'showPipeline' }
  | { readonly type: 'planFailed'; readonly runId: string; readonly message: string }
  /** Null: the sampler that swept is gone; the next one puts the limits back. */
  | { readonly type: 'sweep'; readonly sweep: PowerSweep | null }
  /** The charts to show, before the first `hydrate` and whenever the setting changes. */
  | { readonly type: 'charts'; readonly charts: readonly ChartId[] }
  /** What was asked for elsewhere lies on this tab. */
  | { readonly type: 'tab'; readonly tab: 'lines' }
  | { readonly type: 'notice'; readonly message: string };

export type PageMessage =
  | { readonly type: 'ready'; readonly protocol: number }
  | { readonly type: 'selectRun'; readonly runId: string }
  | { readonly type: 'compare'; readonly baselineRunId: string; readonly runId: string }
  | { readonly type: 'closeTrace'; readonly runId: string }
  | { readonly type: 'openPlace'; readonly path: string; readonly line: number }
  | { readonly type: 'fixPlace'; readonly path: string; readonly line: number; readonly rule: string }
  | { readonly type: 'explainRule'; readonly rule: string }
  | { readonly type: 'explainWaste'; readonly kind: WasteKind }
  | { readonly type: 'series'; readonly runId: string; readonly fromMs: number; readonly toMs: number }
  | ({ readonly type: 'totals' } & TotalsParams)
  /** The user wants these charts: the host keeps them in the setting. */
  | { readonly type: 'charts'; readonly charts: readonly ChartId[] }
  | { readonly type: 'plan'; readonly runId: string }
  /** Over these runs; a size of null is looked for in the run's command. */
  | { readonly type: 'batchPlan'; readonly runId: string; readonly runs: readonly SizedRun[] }
  | { readonly type: 'balancePlan'; readonly runId: string }
  | { readonly type: 'pipeline'; readonly ask: PipelineAsk }
  /** The host shows what will be set and asks before anything is changed. */
  | { readonly type: 'sweep'; readonly runId: string }
  | { readonly type: 'stopSweep'; readonly runId: string }
  | { readonly type: 'copy'; readonly text: string }
  | ShareMessage
  | { readonly type: 'command'; readonly command: PageCommand };

/** What leaves the panel with a run; the host asks where to, and never writes over a file. */
export type ShareMessage =
  /** The same file that `perjoule export` writes. */
  | { readonly type: 'exportRun'; readonly runId: string; readonly format: 'csv' | 'json' }
  /** The run's report, to the clipboard. */
  | { readonly type: 'copyReport'; readonly runId: string }
  /** A PNG file in base64. */
  | { readonly type: 'savePicture'; readonly runId: string; readonly png: string };

/** Buttons of the empty states and of what is missing: commands the host allows the page to ask for. */
export type PageCommand =
  | 'runWithProfile'
  | 'showLog'
  | 'restartSampler'
  | 'manageTrust'
  | 'openSettings'
  | 'openProbeSetting';
