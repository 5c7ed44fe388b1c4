/** What the user chose on the page. It survives hiding, moving and reloading; the runs themselves live in the host. */

export const tabs = ['chart', 'lines', 'table', 'compare', 'plan'] as const;
export type Tab = (typeof tabs)[number];

/** Pages of the tab "Plan". */
export const planPages = ['power', 'batch', 'balance', 'pipeline'] as const;
export type PlanPage = (typeof planPages)[number];

/** The stretch of the run that the chart shows. `last` follows the end of a live run. */
export type TimeWindow =
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly ms: number }
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number };

/** A stretch that the user marked, whole milliseconds on the run's clock. */
export interface Selection {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which limit the user wants to see: see `LimitPicks`. */
export type LimitWish =
  | { readonly kind: 'leastEnergy' }
  | { readonly kind: 'slowdown'; readonly percent: number }
  | { readonly kind: 'weighed'; readonly hundredths: number };

export const lineColumns = ['place', 'energy', 'active', 'idle'] as const;
export type LineColumn = (typeof lineColumns)[number];

/** How the joules by line are listed. */
export interface LineListing {
  readonly by: 'line' | 'function';
  readonly sort: LineColumn;
  /** Most first; for places from Z to A. */
  readonly descending: boolean;
}

/** What the user wrote into the form of the pipeline; null where nothing holds yet. */
export interface PipelineForm {
  readonly stages: number | null;
  readonly microbatches: number | null;
  readonly blockingPowerW: number | null;
  readonly unitTimeS: number | null;
  readonly straggler: number | null;
}

export interface ViewState {
  readonly tab: Tab;
  /** The run that window, selection and GPU belong to. */
  readonly runId: string | null;
  readonly window: TimeWindow;
  readonly selection: Selection | null;
  /** The GPU drawn in front of the others. */
  readonly deviceUuid: string | null;
  /** Chosen for this run; null takes the pinned one, or what comes nearest. */
  readonly baselineRunId: string | null;
  readonly wish: LimitWish;
  readonly lines: LineListing;
  readonly planPage: PlanPage;
  /** Samples per step that the user told, by run. */
  readonly batchSizes: Readonly<Record<string, number>>;
  readonly pipelineForm: PipelineForm;
  /** The opening of the profile whose stages were filled in. */
  readonly pipelineProfile: string | null;
}

export const initialView: ViewState = {
  tab: 'chart',
  runId: null,
  window: { kind: 'all' },
  selection: null,
  deviceUuid: null,
  baselineRunId: null,
  wish: { kind: 'leastEnergy' },
  lines: { by: 'line', sort: 'energy', descending: true },
  planPage: 'power',
  batchSizes: {},
  pipelineForm: {
    stages: null,
    microbatches: null,
    blockingPowerW: null,
    unitTimeS: 0.001,
    straggler: null,
  },
  pipelineProfile: null,
};

/** Saved state may come from another version of the page: anything unknown falls back. */
export function parseView(saved: unknown): ViewState {
  if (!isRecord(saved)) return initialView;
  return {
    tab: tabs.find((tab) => tab === saved['tab']) ?? initialView.tab,
    runId: text(saved['runId']),
    window: parseWindow(saved['window']),
    selection: parseSelection(saved['selection']),
    deviceUuid: text(saved['deviceUuid']),
    baselineRunId: text(saved['baselineRunId']),
    wish: parseWish(saved['wish']),
    lines: parseLines(saved['lines']),
    planPage: planPages.find((page) => page === saved['planPage']) ?? initialView.planPage,
    batchSizes: parseSizes(saved['batchSizes']),
    pipelineForm: parseForm(saved['pipelineForm']),
    pipelineProfile: typeof saved['pipelineProfile'] === 'string' ? saved['pipelineProfile'] : null,
  };
}

function parseWindow(saved: unknown): TimeWindow {
  if (!isRecord(saved)) return initialView.window;
  const { kind, ms, fromMs, toMs } = saved;
  if (kind === 'last' && isTime(ms) && ms > 0) return { kind, ms };
  if (kind === 'fixed' && isTime(fromMs) && isTime(toMs) && toMs > fromMs) return { kind, fromMs, toMs };
  return initialView.window;
}

function parseSelection(saved: unknown): Selection | null {
  if (!isRecord(saved)) return null;
  const { fromMs, toMs } = saved;
  return isTime(fromMs) && isTime(toMs) && toMs > fromMs ? { fromMs, toMs } : null;
}

function parseWish(saved: unknown): LimitWish {
  if (!isRecord(saved)) return initialView.wish;
  const { kind, percent, hundredths } = saved;
  if (kind === 'slowdown' && isTime(percent)) return { kind, percent };
  if (kind === 'weighed' && isTime(hundredths)) return { kind, hundredths };
  return initialView.wish;
}

function parseLines(saved: unknown): LineListing {
  if (!isRecord(saved)) return initialView.lines;
  return {
    by: saved['by'] === 'function' ? 'function' : 'line',
    sort: lineColumns.find((column) => column === saved['sort']) ?? initialView.lines.sort,
    descending: saved['descending'] !== false,
  };
}

function parseForm(saved: unknown): PipelineForm {
  if (!isRecord(saved)) return initialView.pipelineForm;
  const figure = (name: keyof PipelineForm): number | null => {
    const value = saved[name];
    return isTime(value) ? value : null;
  };
  return {
    stages: figure('stages'),
    microbatches: figure('microbatches'),
    blockingPowerW: figure('blockingPowerW'),
    unitTimeS: figure('unitTimeS'),
    straggler: figure('straggler'),
  };
}

const parseSizes = (saved: unknown): ViewState['batchSizes'] =>
  isRecord(saved)
    ? Object.fromEntries(
        Object.entries(saved).filter((pair): pair is [string, number] => isTime(pair[1]) && pair[1] >= 1),
      )
    : {};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
