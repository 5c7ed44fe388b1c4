/** Everything worth telling of one run, as data. */

import { isoTime } from '../../contracts/dateText.ts';
import { provenanceTag } from '../../contracts/provenance.ts';
import { type EnergyBlock, type RunReport, runReportVersion } from '../../contracts/report.ts';
import type { Comparison, RunDetail } from '../../contracts/runs.ts';
import { sharedEnergyText } from '../../contracts/sharedEnergy.ts';
import { formatShare } from '../../contracts/units.ts';

export interface ReportOptions {
  /** g CO2e for each kWh, as the user configured it; null for none. */
  readonly intensity: number | null;
  readonly comparison: Comparison | null;
  readonly productVersion: string;
}

const joulesPerKWh = 3.6e6;
/** A larger share of the time with readings is written 100 %. */
const whole = 0.995;

/** `2 × NVIDIA H100 80GB HBM3, 1 × NVIDIA L4`. */
function hardwareOf({ devices }: RunDetail): string {
  const counts = new Map<string, number>();
  for (const { name } of devices) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}

function blockNotes({ totals, state, imported }: RunDetail): readonly string[] {
  return [
    ...(state === 'live'
      ? ['The run still went on when this was written: these are the figures so far.']
      : []),
    ...(state === 'interrupted' ? ['The end of the run was not seen.'] : []),
    ...(imported === undefined ? [] : [`The run was imported (${imported.format}).`]),
    ...(totals.sharing === undefined
      ? []
      : [`The GPU was ${sharedEnergyText(totals.sharing)}. All of it is in the energy above.`]),
    ...(totals.coverage < whole ? [`Readings cover ${formatShare(totals.coverage)} of the time only.`] : []),
  ];
}

function energyBlock(run: RunDetail, intensity: number | null, writtenBy: string): EnergyBlock | null {
  const { energyJ, provenance } = run.totals;
  if (run.simulated || energyJ === null || provenance === null) return null;
  const hardware = hardwareOf(run);
  const energyKWh = energyJ / joulesPerKWh;
  const measuredBy = `${writtenBy}, ${provenance.source}, ${provenanceTag(provenance)}`;
  const notes = blockNotes(run);
  const co2EqEmissions =
    intensity === null
      ? null
      : {
          emissions: energyKWh * intensity,
          source: [
            `${writtenBy}: GPU energy of one run (${provenanceTag(provenance)}) × ${intensity} g/kWh as configured`,
            ...notes,
          ].join('. '),
          hardware_used: hardware,
        };
  return { hardware, hours: run.durationMs / 3_600_000, energyKWh, measuredBy, notes, co2EqEmissions };
}

export function runReport(run: RunDetail, options: ReportOptions): RunReport {
  const writtenBy = `Perjoule ${options.productVersion}`;
  return {
    version: runReportVersion,
    writtenBy,
    runId: run.runId,
    number: run.number,
    name: run.name,
    command: run.command,
    script: run.script,
    state: run.state,
    exitCode: run.exitCode,
    startedAt: isoTime(run.startedAtMs),
    durationMs: run.durationMs,
    simulated: run.simulated,
    setting: run.setting ?? null,
    imported: run.imported ?? null,
    devices: run.devices,
    totals: run.totals,
    heldAfter: run.heldAfter ?? null,
    steps: run.steps,
    waste: run.waste,
    memoryHeadroom: run.memoryHeadroom ?? null,
    lines: run.lines ?? null,
    gaps: run.gaps,
    notices: run.notices.map(({ message, remedy }) => (remedy === null ? message : `${message} ${remedy}`)),
    comparison: options.comparison,
    energyBlock: energyBlock(run, options.intensity, writtenBy),
  };
}
