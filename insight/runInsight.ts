/**
 * A run explained, piece by piece as it is recorded: the same functions while it lives and when it is read again.
 * Constant memory but for the step marks, which are bounded too.
 */

import type { StaticFinding } from '../contracts/findings.ts';
import type { LineReport } from '../contracts/lines.ts';
import type { CourseMarks, EnergyTotals, Gap, IdlePower, StepFigures } from '../contracts/runs.ts';
import type { SharingLook, SharingState } from '../contracts/sharing.ts';
import type { MemoryHeadroom, WasteItem } from '../contracts/waste.ts';
import { createDeviceInsight, type DeviceInsight } from './deviceInsight.ts';
import { addUpTotals, type InsightContext } from './energyTotals.ts';
import { createLines } from './lines.ts';
import { createPhaseTrack } from './phaseTrack.ts';
import { createProbeSteps, type ProbeTold } from './probeSteps.ts';
import { createProgress } from './progress/progress.ts';
import { createStepMarks, type StepMarks } from './stepMarks.ts';
import { stepFigures } from './steps.ts';
import type { InsightDevice, RunTick, StepMark } from './ticks.ts';
import { createBalance } from './waste/balance.ts';
import { createCoincidence, type Moment } from './waste/coincidence.ts';
import type { DeviceWaste } from './waste/deviceWaste.ts';
import { memoryHeadroom } from './waste/memoryHeadroom.ts';
import { nameWaste } from './waste/waste.ts';

export interface WasteFound {
  /** Most joules first. */
  readonly waste: readonly WasteItem[];
  /** null where the GPUs' memory was used, or is not known. */
  readonly memoryHeadroom: MemoryHeadroom | null;
}

export interface InsightSnapshot extends WasteFound {
  readonly totals: EnergyTotals;
  /** null while no progress line was seen. */
  readonly steps: StepFigures | null;
}

export interface RunInsight {
  /** Ticks in order of time; a tick may lack a GPU, a GPU a reading. */
  addTick(tick: RunTick): void;
  /** What the program printed, as it came; milliseconds on the run's clock. */
  addOutput(text: string, timeMs: number): void;
  /** What the probe in a program sampled and counted: its steps go before every printed line. */
  addProbe(told: ProbeTold): void;
  /** Samples of the probe that are known to be lost. */
  missSamples(count: number): void;
  /** Call it before the first tick after the gap. */
  addGap(gap: Gap): void;
  /** Replaces the findings given before; may come at any time. */
  setFindings(findings: readonly StaticFinding[]): void;
  /** A GPU that the run began to use later. Known ones are left as they are. */
  addDevice(device: InsightDevice): void;
  /** Who holds a GPU of the run now, and who computed on it lately. */
  addSharing(uuid: string, look: SharingLook): void;
  /** Where the division of a GPU's energy stands; null until it was looked at who holds it. */
  sharingState(uuid: string): SharingState | null;
  /** What a GPU drew without work, as far as the run has shown it; null for one that is not the run's. */
  idlePower(uuid: string): IdlePower | null;
  /** With what an earlier one found of waste, that is taken as it is and the work for a new search spared. */
  snapshot(found?: WasteFound | null): InsightSnapshot;
  stepMarks(): readonly StepMark[];
  /** Epochs as the program printed them, phases as the probe sampled them. */
  course(): CourseMarks;
  /** Where in the program the joules went; null without the probe. */
  lines(): LineReport | null;
}

const probeTrack = 'probe';

export function createRunInsight(devices: readonly InsightDevice[], context: InsightContext): RunInsight {
  const known = new Map<string, DeviceInsight>();
  const progress = createProgress();
  const marks = new Map<string, StepMarks>();
  const lines = createLines();
  const phases = createPhaseTrack();
  const probeSteps = createProbeSteps();
  let counted = false;
  let findings: readonly StaticFinding[] = [];
  let lastMs = 0;

  const balance = createBalance();
  const coincidence = createCoincidence();
  const balanced = new Map<string, DeviceWaste>();
  const addDevice = (device: InsightDevice): void => {
    const { uuid } = device;
    if (known.has(uuid)) return;
    const insight = createDeviceInsight(device, (fromMs, toMs) =>
      balance.elsewhereMs(balanced, uuid, fromMs, toMs),
    );
    known.set(uuid, insight);
    balanced.set(uuid, insight.waste);
  };
  devices.forEach(addDevice);

  const energyAt = (timeMs: number): number => {
    const all = [...known.values()];
    const byIntegral = all.some(({ meter }) => meter.counterState === 'distrusted');
    return all.reduce(
      (sum, { meter }) => sum + (byIntegral ? meter.integralAt(timeMs) : meter.at(timeMs)),
      0,
    );
  };
  const addedUp = (): EnergyTotals =>
    addUpTotals(
      [...known.values()].map((device) => device.energy()),
      lastMs,
      context,
    );
  const settleMarks = (): void => {
    let settledMs = lastMs;
    // A device that says nothing must not hold the marks of the others up.
    for (const { meter } of known.values())
      if (meter.settledMs > lastMs - 5000) settledMs = Math.min(settledMs, meter.settledMs);
    for (const list of marks.values()) list.settle(settledMs, energyAt);
    lines.settle(settledMs, energyAt);
  };
  const mark = (track: string, count: number, timeMs: number): void => {
    const list = marks.get(track) ?? createStepMarks();
    marks.set(track, list);
    list.add(count, timeMs);
  };
  const mainMarks = (): readonly StepMark[] => {
    const track = counted ? probeTrack : progress.main()?.track;
    return track === undefined ? [] : (marks.get(track)?.list(energyAt) ?? []);
  };

  const findWaste = (runEnergyJ: number | null, steps: StepFigures | null): WasteFound => {
    const imbalances = balance.found(balanced, lastMs);
    const devices = [...known.values()].map(({ uuid, waste }) =>
      waste.found({ waited: coincidence.of(uuid), sums: imbalances.get(uuid) ?? null }, lastMs),
    );
    const stepCount = steps?.unit === undefined ? (steps?.count ?? null) : null;
    return {
      waste: nameWaste({ devices, findings, runEnergyJ, steps: stepCount }),
      memoryHeadroom: memoryHeadroom(devices),
    };
  };

  return {
    addTick(tick) {
      if (tick.host !== null && tick.timeMs > lastMs) {
        const entry = { fromMs: lastMs, toMs: tick.timeMs, host: tick.host };
        for (const device of known.values()) device.addHost(entry);
      }
      lastMs = Math.max(lastMs, tick.timeMs);
      const moments: Moment[] = [];
      for (const gpu of tick.gpus) {
        const seen = known.get(gpu.uuid)?.add(gpu, gpu.timeMs ?? tick.timeMs);
        if (seen == null) continue;
        const { idle, moment } = seen;
        for (const { fromMs, toMs, idleJ } of idle) lines.addIdle(fromMs, toMs, idleJ);
        if (moment !== null) moments.push(moment);
      }
      coincidence.add(moments);
      balance.look(balanced, lastMs);
      settleMarks();
    },
    addOutput(text, timeMs) {
      for (const sighting of progress.add(text, timeMs))
        mark(sighting.track, sighting.count, sighting.timeMs);
    },
    addProbe(told) {
      lines.add(told.window);
      phases.add(told.window);
      const count = probeSteps.add(told);
      if (count === null) return;
      counted = true;
      mark(probeTrack, count, Math.max(0, told.stepAtMs ?? 0));
    },
    missSamples: (count) => lines.miss(count),
    addGap(gap) {
      for (const device of known.values()) device.addGap(gap);
    },
    setFindings(next) {
      findings = next;
    },
    addDevice,
    addSharing: (uuid, look) => known.get(uuid)?.addSharing(look),
    sharingState: (uuid) => known.get(uuid)?.sharingState() ?? null,
    idlePower: (uuid) => known.get(uuid)?.idlePower() ?? null,
    snapshot(found = null) {
      const totals = addedUp();
      const printed = progress.main();
      // Of a printed line that counts the same steps, the announced total holds.
      const total = printed?.unit === 'step' ? printed.total : null;
      const main = counted ? { total, unit: 'step' as const } : printed;
      const steps = main === null ? null : stepFigures(mainMarks(), main.total, main.unit);
      return { ...(found ?? findWaste(totals.energyJ, steps)), totals, steps };
    },
    stepMarks: mainMarks,
    course: () => ({ epochs: progress.epochs(), phases: phases.stretches() }),
    lines: () => lines.report(addedUp().energyJ !== null),
  };
}
