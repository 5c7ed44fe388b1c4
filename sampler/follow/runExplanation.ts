/** What insight makes of a run, worked out anew only after something was added. Times are the run's. */

import type { StaticFinding } from '../../contracts/findings.ts';
import type { CourseMarks, EpochMark, Gap, StepFigures, WallMeter } from '../../contracts/runs.ts';
import type { SharingLook } from '../../contracts/sharing.ts';
import type { ProbeTold } from '../../insight/probeSteps.ts';
import { joinedEpochs } from '../../insight/progress/epochList.ts';
import {
  createRunInsight,
  type InsightSnapshot,
  type RunInsight,
  type WasteFound,
} from '../../insight/runInsight.ts';
import type { RunTick, StepMark } from '../../insight/ticks.ts';
import type { AttributedDevice } from './attributedDevice.ts';
import { RunHistory } from './runHistory.ts';
import { StepRecord } from './stepRecord.ts';

/** What is wasted by a run that lives is worked out anew so often: nobody reads it faster. */
const wasteEveryMs = 5_000;

/** What an earlier sampler knew of the run. */
export interface EarlierExplanation {
  readonly gaps: readonly Gap[];
  readonly stepMarks: readonly StepMark[];
  readonly epochs: readonly EpochMark[];
  readonly findings: readonly StaticFinding[];
}

export class RunExplanation {
  readonly #history: RunHistory;
  readonly steps: StepRecord;
  readonly #epochs: readonly EpochMark[];
  #insight: RunInsight = createRunInsight([], { sourceId: 'none', simulated: false, wall: null });
  #findings: readonly StaticFinding[];
  #snapshot: InsightSnapshot | null = null;
  #waste: WasteFound | null = null;
  #wasteAtMs = Number.NEGATIVE_INFINITY;
  #lastTickMs = 0;

  constructor(earlier: EarlierExplanation = { gaps: [], stepMarks: [], epochs: [], findings: [] }) {
    this.#history = new RunHistory(earlier.gaps);
    this.steps = new StepRecord(earlier.stepMarks);
    this.#epochs = earlier.epochs;
    this.#findings = earlier.findings;
  }

  get gaps(): readonly Gap[] {
    return this.#history.gaps;
  }

  get findings(): readonly StaticFinding[] {
    return this.#findings;
  }

  get lastTickMs(): number {
    return this.#lastTickMs;
  }

  /** Reads the run again, with other GPUs or another pace of theirs. */
  renew(devices: readonly AttributedDevice[], wall: WallMeter | null, ticks: Iterable<RunTick>): void {
    const before = this.#insight;
    this.#insight = createRunInsight(
      devices.map(({ device, sharingState }) => ({
        ...device,
        sharingState: before.sharingState(device.uuid) ?? sharingState ?? null,
      })),
      {
        sourceId: devices[0]?.sourceId ?? 'none',
        simulated: devices.some(({ simulated }) => simulated),
        wall: devices.some(({ device }) => device.kind === 'remote') ? null : wall,
      },
    );
    this.#insight.setFindings(this.#findings);
    this.refresh();
    this.#wasteAtMs = Number.NEGATIVE_INFINITY;
    this.#lastTickMs = Math.max(this.#lastTickMs, this.#history.replay(this.#insight, ticks));
  }

  addTick(tick: RunTick): void {
    this.#lastTickMs = tick.timeMs;
    this.#insight.addTick(tick);
    this.refresh();
  }

  addOutput(text: string, timeMs: number): void {
    this.#insight.addOutput(text, timeMs);
    this.#history.addOutput(text, timeMs);
    this.refresh();
  }

  addProbe(told: ProbeTold): void {
    this.#insight.addProbe(told);
    this.#history.addProbe(told);
    this.refresh();
  }

  addGap(gap: Gap): void {
    this.#insight.addGap(gap);
    this.#history.addGap(gap);
    this.refresh();
  }

  /** Who else holds the GPUs of the run now. */
  addSharing(uuid: string, look: SharingLook): void {
    this.#insight.addSharing(uuid, look);
    this.refresh();
  }

  setFindings(findings: readonly StaticFinding[]): void {
    this.#findings = findings;
    this.#insight.setFindings(findings);
    this.refresh();
    this.#wasteAtMs = Number.NEGATIVE_INFINITY;
  }

  /** The next snapshot is worked out anew. */
  refresh(): void {
    this.#snapshot = null;
  }

  /** @param over the run has ended: the waste list is to be the last word */
  snapshot(over: boolean): InsightSnapshot {
    if (this.#snapshot !== null) return this.#snapshot;
    const due = over || this.#lastTickMs - this.#wasteAtMs >= wasteEveryMs;
    const snapshot = this.#insight.snapshot(due ? null : this.#waste);
    if (due) {
      this.#waste = snapshot;
      this.#wasteAtMs = this.#lastTickMs;
    }
    this.#snapshot = snapshot;
    return snapshot;
  }

  stepMarks(): readonly StepMark[] {
    return this.steps.marks(this.#insight.stepMarks());
  }

  /** null where the program told of none. Probe files are read from their start again, printed lines are not. */
  course(): CourseMarks | null {
    const { epochs: since, phases } = this.#insight.course();
    const epochs = joinedEpochs(this.#epochs, since);
    return epochs.length + phases.length === 0 ? null : { epochs, phases };
  }

  stepFigures(over: boolean): StepFigures | null {
    return this.steps.figures(this.snapshot(over).steps, this.#insight.stepMarks());
  }

  sharingState(uuid: string): ReturnType<RunInsight['sharingState']> {
    return this.#insight.sharingState(uuid);
  }

  idlePower(uuid: string): ReturnType<RunInsight['idlePower']> {
    return this.#insight.idlePower(uuid);
  }

  lines(): ReturnType<RunInsight['lines']> {
    return this.#insight.lines();
  }
}
