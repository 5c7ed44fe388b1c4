/** From message to state: the one place where the page's state changes. Pure, but for the timelines' `append`. */

import { type ChartId, usualCharts } from '../contracts/charts.ts';
import type { PlannedPower, PowerLimitState, PowerSweep } from '../contracts/powerPlan.ts';
import type { Comparison, RunDetail, RunSummary, SeriesBlock, StepMark } from '../contracts/runs.ts';
import type { LiveUpdate, SourceStatus, StoreState } from '../contracts/samplerProtocol.ts';
import type { TraceReading } from '../contracts/trace.ts';
import {
  type EmptyReason,
  type HostMessage,
  type StretchTotals,
  viewProtocolVersion,
} from '../contracts/viewProtocol.ts';
import { initialPlanning, type Planning, reducePlanning } from './planning.ts';
import { append, createTimeline, startMs, type Timeline } from './timeline.ts';
import {
  initialView,
  type LimitWish,
  type LineListing,
  type PipelineForm,
  type PlanPage,
  type Selection,
  type Tab,
  type TimeWindow,
  type ViewState,
} from './view.ts';
import { orderWaste } from './wasteOrder.ts';

export interface Curves {
  readonly whole: Timeline;
  readonly recent: Timeline;
  /** Finer samples of a stretch the user looked into; the host answered with them. */
  readonly detail: Timeline | null;
}

export interface PanelState {
  /** False until the host has answered. */
  readonly hydrated: boolean;
  /** How often it has: what was asked of an earlier sampler has to be asked again. */
  readonly hydrations: number;
  readonly runs: readonly RunSummary[];
  readonly run: RunDetail | null;
  readonly curves: Curves;
  /** The charts that are shown. */
  readonly charts: readonly ChartId[];
  readonly sources: readonly SourceStatus[];
  readonly store: StoreState | null;
  readonly empty: { readonly reason: EmptyReason; readonly detail: string } | null;
  readonly comparison: Comparison | null;
  /** Why the comparison with this baseline was not made. */
  readonly comparisonFailure: {
    readonly baselineRunId: string;
    readonly runId: string;
    readonly message: string;
  } | null;
  /** The page asked to compare with this run and has no answer yet. */
  readonly awaitedBaseline: string | null;
  /** The profiler trace opened last, of whichever run. */
  readonly trace: TraceReading | null;
  readonly plan: PlannedPower | null;
  readonly limits: readonly PowerLimitState[];
  readonly planFailure: { readonly runId: string; readonly message: string } | null;
  /** The newest of the sampler's sweeps, also one of another window or run. */
  readonly sweep: PowerSweep | null;
  readonly planning: Planning;
  /** Messages of the host, newest last. */
  readonly messages: readonly string[];
  readonly dismissed: readonly string[];
  readonly view: ViewState;
  /** Where the cursor stands on the run's clock. */
  readonly cursorMs: number | null;
  /** The newest answer for a marked stretch; of another stretch than the marked one while the next is awaited. */
  readonly stretch: StretchTotals | null;
  /** The order the waste list is shown in, by key. */
  readonly wasteOrder: readonly string[];
  /** The pointer or the focus is in the waste list: its order may not change. */
  readonly wasteHeld: boolean;
  /** The waste whose stretches are lit on the curve. */
  readonly litWaste: string | null;
}

export type PageAction =
  | { readonly type: 'page/tab'; readonly tab: Tab }
  | { readonly type: 'page/charts'; readonly charts: readonly ChartId[] }
  | { readonly type: 'page/window'; readonly window: TimeWindow }
  | { readonly type: 'page/select'; readonly selection: Selection | null }
  | { readonly type: 'page/device'; readonly deviceUuid: string | null }
  | { readonly type: 'page/baseline'; readonly runId: string }
  /** The page asked for a comparison with this baseline, chosen by nobody. */
  | { readonly type: 'page/asked'; readonly baselineRunId: string }
  | { readonly type: 'page/wish'; readonly wish: LimitWish }
  | { readonly type: 'page/lines'; readonly lines: LineListing }
  | { readonly type: 'page/planPage'; readonly planPage: PlanPage }
  | { readonly type: 'page/pipelineForm'; readonly form: Partial<PipelineForm> }
  /** A profile was opened that has so many stages. */
  | { readonly type: 'page/pipelineProfile'; readonly opening: string; readonly stages: number }
  | { readonly type: 'page/batchSize'; readonly runId: string; readonly batchSize: number }
  | { readonly type: 'page/cursor'; readonly timeMs: number | null }
  | { readonly type: 'page/holdWaste'; readonly held: boolean }
  | { readonly type: 'page/lightWaste'; readonly key: string | null }
  | { readonly type: 'page/dismiss'; readonly id: string };

export function initialState(view: ViewState = initialView): PanelState {
  return {
    hydrated: false,
    hydrations: 0,
    runs: [],
    run: null,
    curves: emptyCurves(),
    charts: usualCharts,
    sources: [],
    store: null,
    empty: null,
    comparison: null,
    comparisonFailure: null,
    awaitedBaseline: null,
    trace: null,
    plan: null,
    limits: [],
    planFailure: null,
    sweep: null,
    planning: initialPlanning,
    messages: [],
    dismissed: [],
    view,
    cursorMs: null,
    stretch: null,
    wasteOrder: [],
    wasteHeld: false,
    litWaste: null,
  };
}

export function reduce(state: PanelState, action: HostMessage | PageAction): PanelState {
  switch (action.type) {
    case 'hydrate':
      return hydrate(state, action);
    case 'live':
      return live(state, action.update);
    case 'run':
      return showRun(state, action.run);
    case 'runs':
      return withRuns(state, action.runs);
    case 'series':
      return series(state, action.runId, action.block);
    case 'totals':
      return { ...state, stretch: action };
    case 'comparison':
      return compared(state, action.comparison);
    case 'comparisonFailed':
      return { ...state, comparisonFailure: action, awaitedBaseline: null };
    case 'trace':
      return { ...state, trace: action.reading };
    case 'plan':
      return { ...state, plan: action.plan, limits: action.limits, planFailure: null };
    case 'planFailed':
      return { ...state, planFailure: action };
    case 'sweep':
      return { ...state, sweep: action.sweep };
    case 'showPipeline':
      return { ...state, view: { ...state.view, tab: 'plan', planPage: 'pipeline' } };
    case 'batchPlan':
    case 'balancePlan':
    case 'pipeline':
    case 'pipelineChosen':
      return { ...state, planning: reducePlanning(state.planning, action) };
    case 'notice':
      return {
        ...state,
        messages: [...state.messages.filter((m) => m !== action.message), action.message].slice(-4),
      };
    case 'tab':
    case 'page/tab':
      return { ...state, view: { ...state.view, tab: action.tab } };
    case 'charts':
    case 'page/charts':
      return { ...state, charts: action.charts };
    case 'page/window':
      // The finer samples stay for as long as they reach over what is shown.
      return { ...state, view: { ...state.view, window: action.window } };
    case 'page/select':
      return { ...state, view: { ...state.view, selection: action.selection } };
    case 'page/device':
      return { ...state, view: { ...state.view, deviceUuid: action.deviceUuid } };
    case 'page/baseline':
      return {
        ...state,
        awaitedBaseline: action.runId,
        comparisonFailure: null,
        view: { ...state.view, baselineRunId: action.runId },
      };
    case 'page/asked':
      return { ...state, awaitedBaseline: action.baselineRunId, comparisonFailure: null };
    case 'page/wish':
      return { ...state, view: { ...state.view, wish: action.wish } };
    case 'page/lines':
      return { ...state, view: { ...state.view, lines: action.lines } };
    case 'page/planPage':
      return { ...state, view: { ...state.view, planPage: action.planPage } };
    case 'page/pipelineForm': {
      const pipelineForm = { ...state.view.pipelineForm, ...action.form };
      return { ...state, view: { ...state.view, pipelineForm } };
    }
    case 'page/pipelineProfile': {
      const pipelineForm = { ...state.view.pipelineForm, stages: action.stages };
      return { ...state, view: { ...state.view, pipelineForm, pipelineProfile: action.opening } };
    }
    case 'page/batchSize': {
      const batchSizes = { ...state.view.batchSizes, [action.runId]: action.batchSize };
      return { ...state, view: { ...state.view, batchSizes } };
    }
    case 'page/cursor':
      return { ...state, cursorMs: action.timeMs };
    case 'page/holdWaste':
      return withWasteOrder({ ...state, wasteHeld: action.held });
    case 'page/lightWaste':
      return { ...state, litWaste: action.key };
    case 'page/dismiss':
      return {
        ...state,
        messages: state.messages.filter((message) => message !== action.id),
        dismissed: [...state.dismissed, action.id],
      };
    default:
      // A newer host may say more than this page knows.
      return state;
  }
}

function hydrate(state: PanelState, message: Extract<HostMessage, { type: 'hydrate' }>): PanelState {
  const same = message.run !== null && state.run?.runId === message.run.runId;
  // The host sends the whole run in few points; the fine samples of the last minutes are here already.
  const curves = same ? { ...emptyCurves(), recent: state.curves.recent } : emptyCurves();
  if (message.block !== null) feed(curves, message.block);
  const outdated = message.protocol !== viewProtocolVersion;
  return withWasteOrder({
    ...state,
    hydrated: true,
    hydrations: state.hydrations + 1,
    runs: message.runs,
    run: message.run,
    curves,
    sources: message.sources,
    store: message.store,
    empty: message.empty,
    messages: outdated
      ? ['The panel and the extension are of different versions. Reload the window.']
      : state.messages,
    awaitedBaseline: null,
    view: viewFor(state.view, message.run),
    cursorMs: same ? state.cursorMs : null,
    wasteOrder: same ? state.wasteOrder : [],
  });
}

function live(state: PanelState, update: LiveUpdate): PanelState {
  const { run } = state;
  if (run === null || run.runId !== update.runId) return state;
  feed(state.curves, update.block);
  return withWasteOrder({
    ...state,
    run: {
      ...run,
      durationMs: update.durationMs,
      totals: update.totals,
      steps: update.steps ?? run.steps,
      waste: update.waste ?? run.waste,
      stepMarks: joinMarks(run.stepMarks ?? [], update.stepMarks ?? []),
      ...(update.course === undefined ? {} : { course: update.course }),
    },
  });
}

/** A run that is shown already keeps its curves; another one starts with none, its samples follow. */
function showRun(state: PanelState, run: RunDetail): PanelState {
  const same = state.run?.runId === run.runId;
  return withWasteOrder({
    ...state,
    run: same ? { ...run, stepMarks: run.stepMarks ?? state.run?.stepMarks ?? [] } : run,
    curves: same ? state.curves : emptyCurves(),
    empty: null,
    view: viewFor(state.view, run),
    cursorMs: same ? state.cursorMs : null,
    wasteOrder: same ? state.wasteOrder : [],
  });
}

/** The list also tells how the shown run ended. */
function withRuns(state: PanelState, runs: readonly RunSummary[]): PanelState {
  const { run } = state;
  const summary = runs.find((candidate) => candidate.runId === run?.runId);
  if (run === null || summary === undefined) return { ...state, runs };
  return { ...state, runs, run: { ...run, ...summary } };
}

function series(state: PanelState, runId: string, block: SeriesBlock): PanelState {
  if (state.run?.runId !== runId) return state;
  if (state.view.window.kind === 'fixed' && state.curves.whole.used > 0) {
    const detail = createTimeline('whole', 50);
    // Time before the stretch stays unused: the first slot is where the block begins.
    detail.first = Math.max(0, Math.floor((block.timesMs[0] ?? 0) / detail.widthMs));
    append(detail, block);
    return { ...state, curves: { ...state.curves, detail } };
  }
  const curves = emptyCurves();
  feed(curves, block);
  return { ...state, curves };
}

/** A comparison that the page did not ask for was asked for elsewhere, and is brought into view. */
function compared(state: PanelState, comparison: Comparison): PanelState {
  const baselineRunId = comparison.baseline.runId;
  if (state.awaitedBaseline === baselineRunId) return { ...state, comparison, awaitedBaseline: null };
  if (state.awaitedBaseline !== null || comparison.run.runId !== state.run?.runId) return state;
  return { ...state, comparison, view: { ...state.view, tab: 'compare', baselineRunId } };
}

function viewFor(view: ViewState, run: RunDetail | null): ViewState {
  if (run === null || view.runId === run.runId) return view;
  // A window that follows the end is a habit and stays; a place in another run means nothing here.
  const window: TimeWindow = view.window.kind === 'last' ? view.window : { kind: 'all' };
  return { ...view, runId: run.runId, window, selection: null, deviceUuid: null, baselineRunId: null };
}

function withWasteOrder(state: PanelState): PanelState {
  const order = orderWaste(state.run?.waste ?? [], state.wasteOrder, state.wasteHeld);
  return { ...state, wasteOrder: order };
}

/** 400 marks are more than a panel can show; the older half is thinned first. */
function joinMarks(older: readonly StepMark[], newer: readonly StepMark[]): readonly StepMark[] {
  // What came with the run itself may be told again.
  const told = older.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;
  const unknown = newer.filter(({ timeMs }) => timeMs > told);
  if (unknown.length === 0) return older;
  const joined = [...older, ...unknown];
  return joined.length <= 800 ? joined : joined.filter((_, index) => index >= 600 || index % 2 === 0);
}

function emptyCurves(): Curves {
  return {
    whole: createTimeline('whole', 100),
    recent: createTimeline('recent', 200, 3072),
    detail: null,
  };
}

function feed(curves: Curves, block: SeriesBlock): void {
  append(curves.whole, block);
  append(curves.recent, block);
}

/** The finest samples kept for a stretch. */
export function timelineFor(curves: Curves, fromMs: number, toMs: number): Timeline {
  const { detail, recent, whole } = curves;
  const spans = (timeline: Timeline): boolean =>
    timeline.used > 0 && startMs(timeline) <= fromMs + timeline.widthMs;
  if (detail !== null && spans(detail) && (detail.first + detail.used) * detail.widthMs >= toMs - 1000)
    return detail;
  return recent.widthMs < whole.widthMs && spans(recent) ? recent : whole;
}
