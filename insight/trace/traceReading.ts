/** A trace held against a run: figures, verdicts, and what weakens them. */

import type { StaticFinding } from '../../contracts/findings.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import type { TraceFinding, TraceKind, TraceReading, TraceSummary } from '../../contracts/trace.ts';
import { judgeFindings } from './judgeFindings.ts';
import { judgeKinds } from './judgeKinds.ts';
import type { TraceFacts } from './traceSummary.ts';

/** The run beside which a trace is opened. */
export interface RunOfTrace {
  readonly run: Pick<RunDetail, 'runId' | 'number' | 'startedAtMs' | 'durationMs' | 'devices' | 'waste'>;
  readonly findings: readonly StaticFinding[];
  /** Texts of the findings' files, as they are now. */
  readonly sources: ReadonlyMap<string, string>;
  /** Those that were written since the run began. */
  readonly changed: readonly string[];
}

const fewSteps = 3;
/** The clock of a run and that of the profiler are the machine's own. */
const clockSlackMs = 5_000;

/** @param file name of the trace, without its folder */
export function traceReading(facts: TraceFacts, file: string, beside: RunOfTrace | null): TraceReading {
  const { summary } = facts;
  const other = beside === null ? [] : knownOther(summary, beside);
  /** A trace of something else says nothing of this run. */
  const undecided = <T extends TraceFinding | TraceKind>(judged: T, reasons: readonly string[]): T =>
    reasons.length === 0
      ? judged
      : {
          ...judged,
          ...('seen' in judged ? { seen: null } : {}),
          verdict: 'open',
          share: null,
          because: reasons.join(' '),
        };
  const changed = (path: string): string[] =>
    beside?.changed.includes(path) === true ? [changedNote(path, beside)] : [];
  const steps =
    summary.steps === 0 ? 'no step marked' : `${summary.steps} ${summary.steps === 1 ? 'step' : 'steps'}`;
  return {
    file,
    runId: beside?.run.runId ?? null,
    quality: `profiler trace, ${steps}; profiling itself slows the run`,
    summary,
    findings:
      beside === null
        ? []
        : judgeFindings(facts, beside.findings, beside.sources).map((judged) =>
            undecided(judged, [...other, ...changed(judged.path)]),
          ),
    kinds: judgeKinds(summary, beside?.run.waste.map(({ kind }) => kind) ?? []).map((judged) =>
      undecided(judged, other),
    ),
    notes: notesOf(summary, beside),
  };
}

function notesOf(summary: TraceSummary, beside: RunOfTrace | null): string[] {
  const notes: string[] = [];
  if (beside !== null) {
    if (summary.startedAtMs === null)
      notes.push('The trace does not say when it was made: it may be of another run.');
    notes.push(...knownOther(summary, beside));
    for (const path of beside.changed) notes.push(changedNote(path, beside));
  }
  if (summary.devices.length === 0)
    notes.push(
      'No kernel of a GPU is in the trace: it was recorded on the host alone, or nothing ran on a GPU.',
    );
  if (summary.steps === 0)
    notes.push(
      'The profiler marked no steps (its step() was not called): starting up and stopping count into the traced time.',
    );
  else if (summary.steps < fewSteps)
    notes.push(`The trace has ${summary.steps} steps only: the first after a start are slower than others.`);
  if (summary.stacks === 'none')
    notes.push(
      'There are no Python stacks in it, so that no line can be told: profile with with_stack=True.',
    );
  if (summary.unreadable > 0)
    notes.push(`${summary.unreadable} of its events could not be read and are left out.`);
  return notes;
}

const changedNote = (path: string, { run }: RunOfTrace): string =>
  `${path} was changed after run ${run.number} began: its lines may be others than the trace’s.`;

/** By what the trace is known to be of another run, in sentences. */
function knownOther({ startedAtMs, spanMs, devices }: TraceSummary, { run }: RunOfTrace): string[] {
  const notes: string[] = [];
  if (
    startedAtMs !== null &&
    (startedAtMs + spanMs < run.startedAtMs - clockSlackMs ||
      startedAtMs > run.startedAtMs + run.durationMs + clockSlackMs)
  )
    notes.push(`The trace was made at another time than run ${run.number}: it is of another run.`);
  const traced = new Set(devices.flatMap(({ name }) => (name === null ? [] : [name])));
  if (traced.size > 0 && run.devices.length > 0 && !run.devices.some(({ name }) => traced.has(name)))
    notes.push(`The trace is of another GPU (${[...traced].join(', ')}).`);
  return notes;
}
