/**
 * A run explained, piece by piece as it is recorded: the same functions while it lives and when it is read again.
 * Constant memory but for the step marks, which are bounded too.
 */

import type { StaticFinding } from '../contracts/findings.ts';
import type { LineReport } from '../contracts/lines.ts';
import type { EnergyTotals, Gap, IdlePower, StepFigures } from '../contracts/runs.ts';
import type { SharingLook, SharingState } from '../contracts/sharing.ts';
import type { MemoryHeadroom, WasteItem } from '../contracts/waste.ts';
import { createDeviceInsight, type DeviceInsight } from './deviceInsight.ts';
import { addUpTotals, type InsightContext } from './energyTotals.ts';
import { createLines } from './lines.ts';
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

export interface InsightSnapshot {
  readonly totals: EnergyTotals;
  /** null while no progress line was seen. */
  readonly steps: StepFigures | null;
  /** Most joules first. */
  readonly waste: readonly WasteItem[];
  /** null where the GPUs' memory was used, or is not known. */
  readonly memoryHeadroom: MemoryHeadroom | null;
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
  /** With a waste list, that one is taken as it is and the work for a new one spared. */
  snapshot(waste?: readonly WasteItem[] | null): InsightSnapshot;
  stepMarks(): readonly StepMark[];
  /** Where in the program the joules went; null without the probe. */
  lines(): LineReport | null;
}

const probeTrack = 'probe';

export function createRunInsight(devices: readonly InsightDevice[], context: InsightContext): RunInsight {
  const known = new Map<string, DeviceInsight>();
  const progress = createProgress();
  const marks = new Map<string, StepMarks>();
  const lines = createLines();
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
      balance.elsewhere(balanced, uuid, fromMs, toMs),
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
        if (idle !== null) lines.addIdle(idle.fromMs, idle.toMs, idle.idleJ);
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
    snapshot(waste = null) {
      const all = [...known.values()];
      const totals = addUpTotals(
        all.map((device) => device.energy()),
        lastMs,
        context,
      );
      const printed = progress.main();
      // Of a printed line that counts the same steps, the announced total holds.
      const total = printed?.unit === 'step' ? printed.total : null;
      const main = counted ? { total, unit: 'step' as const } : printed;
      const steps = main === null ? null : stepFigures(mainMarks(), main.total, main.unit);
      const imbalances = balance.found(balanced, lastMs);
      const devices = all.map((device) =>
        device.waste.found(
          { waited: coincidence.of(device.uuid), sums: imbalances.get(device.uuid) ?? null },
          lastMs,
        ),
      );
      return {
        totals,
        steps,
        waste:
          waste ??
          nameWaste({
            devices,
            findings,
            runEnergyJ: totals.energyJ,
            steps: steps?.unit === undefined ? (steps?.count ?? null) : null,
          }),
        memoryHeadroom: memoryHeadroom(devices),
      };
    },
    stepMarks: mainMarks,
    lines: () => lines.report(),
  };
}
