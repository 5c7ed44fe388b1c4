/** The figures of a run as a block of lines, and as data. */

import { isoTime } from '../contracts/dateText.ts';
import { idlePowerText } from '../contracts/idlePowerText.ts';
import { kernelHoldText } from '../contracts/kernelHold.ts';
import { describeMissing, provenanceTag } from '../contracts/provenance.ts';
import type { RunDetail, RunSummary } from '../contracts/runs.ts';
import { sharedEnergyText, sharedMark } from '../contracts/sharedEnergy.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatPower,
  formatShare,
  formatWattHours,
} from '../contracts/units.ts';
import { wallEnergyText } from '../contracts/wallEnergy.ts';
import { wasteKinds } from '../contracts/waste.ts';
import { headroomText, restOf, whatIfText } from '../contracts/whatIfText.ts';
import { plain, table } from './terminalText.ts';

const share = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole <= 0 ? null : part / whole;

/** `simulated · counter, band 5 %`, `counter, band 5 % · GPU shared`; empty for a real run without readings. */
export function qualityText({ simulated, totals }: RunSummary): string {
  if (totals.energyJ === null || totals.provenance === null) return simulated ? 'simulated' : '';
  const tag = provenanceTag({ ...totals.provenance, simulated: simulated || totals.provenance.simulated });
  return totals.sharing === undefined ? tag : `${tag} · ${sharedMark}`;
}

/** Lines for people; the first one says how all figures were obtained, "simulated" included. */
export function runSummaryText(run: RunDetail): string {
  const { totals, steps } = run;
  const gpus = run.devices.map((device) => `${device.name} #${device.index}`).join(', ');
  const title = [`run ${run.number}`, plain(run.name), formatDuration(run.durationMs), gpus].filter(
    (part) => part !== '',
  );
  const rows: string[][] = [];
  const silent = totals.energyJ === null ? run.notices.find(({ id }) => id !== 'notStored') : undefined;
  if (totals.energyJ === null) {
    const why = totals.missing === null ? 'nothing was measured' : describeMissing(totals.missing);
    rows.push(['energy', `not available (${plain(silent?.message ?? why)})`]);
    const remedy =
      silent === undefined
        ? 'Run nvidia-smi in a terminal: it tells whether the GPU answers and whether the program uses it.'
        : silent.remedy;
    if (remedy) rows.push(['', remedy]);
  } else {
    rows.push(['energy', `${formatEnergy(totals.energyJ)}  ${formatWattHours(totals.energyJ)}`]);
    if (totals.sharing !== undefined) rows.push(['', sharedEnergyText(totals.sharing)]);
    if (totals.wall !== undefined) rows.push(['at the wall', wallEnergyText(totals.wall)]);
    rows.push(['power', `${formatPower(totals.meanPowerW)} on average`]);
    const idle = share(totals.idleJ, totals.energyJ);
    if (idle !== null) rows.push(['idle', `${formatShare(idle)}  ${formatEnergy(totals.idleJ)}`]);
    const idlePower = idlePowerText(run.devices);
    if (idlePower !== null) rows.push(['idle power', idlePower]);
    if (totals.coverage < 0.99) rows.push(['measured', `${formatShare(totals.coverage)} of the time`]);
  }
  if (run.heldAfter !== undefined) rows.push(['after the cell', kernelHoldText(run.heldAfter)]);
  if (steps?.perStepJ != null)
    rows.push([
      `per ${steps.unit ?? 'step'}`,
      `${formatPerStep(steps.perStepJ, steps.spreadJ, steps.unit)}  (${Math.round(steps.count * 100) / 100} ${steps.unit ?? 'step'}s)`,
    ]);
  for (const [index, item] of run.waste.entries()) {
    const place = item.places[0];
    const where = place === undefined ? '' : `  ${plain(place.path)}:${place.line} (${place.rule})`;
    const figure = `${formatEnergy(item.energyJ)}  ${formatShare(item.share)}`;
    rows.push([
      index === 0 ? 'waste' : '',
      `${wasteKinds[item.kind].label}  ${figure}  ${item.certainty}${where}`,
    ]);
    if (item.whatIf !== undefined) rows.push(['', whatIfText(item.whatIf)]);
  }
  if (run.waste.length > 0 && totals.energyJ !== null) {
    const restJ = restOf(totals.energyJ, run.waste);
    rows.push(['', `Everything else  ${formatEnergy(restJ)}  ${formatShare(restJ / totals.energyJ)}`]);
  }
  if (run.memoryHeadroom !== undefined) rows.push(['', headroomText(run.memoryHeadroom)]);
  for (const notice of run.notices)
    if (notice !== silent) rows.push(['note', plain(`${notice.message} ${notice.remedy ?? ''}`)]);
  const tag = qualityText(run);
  const body = table(rows, ['left', 'left']).replaceAll(/^/gm, '  ');
  return `perjoule · ${[...title, ...(tag === '' ? [] : [tag])].join(' · ')}\n${body}\n`;
}

/** The same as data, for `--summary` and `--format json`. Missing values are null. */
export function runSummaryJson(run: RunDetail): object {
  const { totals } = run;
  return {
    version: 1,
    runId: run.runId,
    number: run.number,
    name: run.name,
    command: run.command,
    state: run.state,
    startedAt: isoTime(run.startedAtMs),
    durationMs: run.durationMs,
    exitCode: run.exitCode,
    simulated: run.simulated,
    energyJ: totals.energyJ,
    energyMissing: totals.missing,
    energyWh: totals.energyJ === null ? null : totals.energyJ / 3600,
    idleJ: totals.idleJ,
    idleShare: share(totals.idleJ, totals.energyJ),
    meanPowerW: totals.meanPowerW,
    coverage: totals.coverage,
    quality: provenanceTag(totals.provenance),
    provenance: totals.provenance,
    sharing: totals.sharing ?? null,
    wall: totals.wall ?? null,
    heldAfter: run.heldAfter ?? null,
    steps: run.steps,
    lines: run.lines ?? null,
    waste: run.waste,
    memoryHeadroom: run.memoryHeadroom ?? null,
    devices: run.devices,
    gaps: run.gaps,
    notices: run.notices,
    imported: run.imported ?? null,
  };
}
