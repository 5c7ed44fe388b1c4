/** How a run is written in a list, in a tooltip and in the status bar. */

import { localTime } from '../../contracts/dateText.ts';
import { provenanceTag } from '../../contracts/provenance.ts';
import type { GitState, RunSetting, RunSummary } from '../../contracts/runs.ts';
import { sharedEnergyText, sharedMark } from '../../contracts/sharedEnergy.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatPower,
  formatWattHours,
} from '../../contracts/units.ts';
import { wallEnergyText } from '../../contracts/wallEnergy.ts';

/** `train.py · run 14`. */
export const runTitle = (run: RunSummary): string => `${run.name} · run ${run.number}`;

/** One line: tags, the absolute figure, its partner per step, the time, and how good the figures are. */
export function runDescription(run: RunSummary): string {
  // First, where a narrow list does not cut them off.
  const parts = [
    ...(run.baseline === true ? ['baseline'] : []),
    ...(run.tags ?? []).map((tag) => `#${tag}`),
    formatEnergy(run.totals.energyJ),
  ];
  if (run.steps?.perStepJ != null) parts.push(formatPerStep(run.steps.perStepJ, null, run.steps.unit));
  parts.push(formatDuration(run.durationMs));
  if (run.totals.provenance !== null) parts.push(provenanceTag(run.totals.provenance));
  else if (run.simulated) parts.push('simulated');
  if (run.totals.sharing !== undefined) parts.push(sharedMark);
  if (run.imported !== undefined) parts.push('imported');
  return parts.join(' · ');
}

/** How the run stands or ended, in words. */
export function runOutcome(run: RunSummary): string {
  if (run.state === 'live') return 'running';
  if (run.state === 'interrupted') return 'interrupted: its end was not seen';
  if (run.exitCode === null) return 'ended';
  if (run.origin === 'notebook') return cellOutcome(run.exitCode);
  return run.exitCode === 0 ? 'ended with exit code 0' : `failed with exit code ${run.exitCode}`;
}

const cellOutcome = (exitCode: number): string =>
  exitCode === 0 ? 'the cell ran through' : exitCode === 130 ? 'the cell was interrupted' : 'the cell failed';

function settingFacts(setting: RunSetting | undefined): readonly (readonly [label: string, value: string])[] {
  if (setting === undefined) return [];
  const { interpreter, git, timeZone, gridZone } = setting;
  return [
    ...(git === null ? [] : ([['Commit', gitText(git)]] as const)),
    ...(interpreter === null ? [] : ([['Interpreter', interpreter]] as const)),
    ['Time zone', timeZone],
    ...(gridZone === undefined ? [] : ([['Grid zone', gridZone]] as const)),
  ];
}

/** `3f2a91c on main, with changes that are not committed`. */
const gitText = ({ commit, branch, dirty }: GitState): string =>
  [
    commit.slice(0, 7),
    ...(branch === null ? [] : [` on ${branch}`]),
    ...(dirty === null ? [', whether with changes is not known'] : []),
    ...(dirty ? [', with changes that are not committed'] : []),
  ].join('');

/** Facts of a run, a label and a value each; the values are plain text from outside. */
export function runFacts(run: RunSummary): readonly (readonly [label: string, value: string])[] {
  return [
    ...(run.note ? ([['Note', run.note]] as const) : []),
    ['Command', run.command],
    ['Folder', run.cwd],
    ['Started', localTime(run.startedAtMs)],
    ['State', runOutcome(run)],
    ['Energy', `${formatEnergy(run.totals.energyJ)} (${formatWattHours(run.totals.energyJ)})`],
    ...(run.totals.wall === undefined ? [] : ([['At the wall', wallEnergyText(run.totals.wall)]] as const)),
    ...(run.totals.sharing === undefined
      ? []
      : ([['Shared', sharedEnergyText(run.totals.sharing)]] as const)),
    ['Mean power', formatPower(run.totals.meanPowerW)],
    [
      `Per ${run.steps?.unit ?? 'step'}`,
      formatPerStep(run.steps?.perStepJ, run.steps?.spreadJ, run.steps?.unit),
    ],
    ['Measured by', provenanceTag(run.totals.provenance)],
    ...(run.imported === undefined
      ? []
      : ([['Imported', `from ${run.imported.file} (${run.imported.format})`]] as const)),
    ...settingFacts(run.setting),
    ['GPU', run.devices.map((device) => `#${device.index} ${device.name}`).join(', ') || 'none'],
  ];
}
