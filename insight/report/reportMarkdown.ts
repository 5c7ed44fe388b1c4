/** The report of a run as a Markdown page. Names, commands and paths come from outside and are shown as text. */

import { kernelHoldText } from '../../contracts/kernelHold.ts';
import { describeMissing, provenanceTag } from '../../contracts/provenance.ts';
import type { EnergyBlock, RunReport } from '../../contracts/report.ts';
import { sharedEnergyText } from '../../contracts/sharedEnergy.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatPower,
  formatShare,
  formatWattHours,
  notAvailable,
} from '../../contracts/units.ts';
import { changeText } from '../../contracts/verdictText.ts';
import { wallEnergyText } from '../../contracts/wallEnergy.ts';
import { wasteKinds } from '../../contracts/waste.ts';
import { headroomText, whatIfText } from '../../contracts/whatIfText.ts';
import { markdownText } from './markdownText.ts';

const mostLines = 10;

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');
const fact = (label: string, text: string): string => row(label, markdownText(text));

function facts(report: RunReport): string {
  const { totals, steps, setting, imported } = report;
  const simulated = report.simulated ? ' (simulated)' : '';
  const commit = setting?.git ?? null;
  const idle = totals.energyJ === null || totals.idleJ === null ? null : totals.idleJ / totals.energyJ;
  return table(
    ['', ''],
    [
      fact('Command', report.command),
      fact('Started', report.startedAt ?? notAvailable),
      ...(imported === null ? [] : [fact('Imported', `from ${imported.file} (${imported.format})`)]),
      fact('Time', formatDuration(report.durationMs)),
      fact(
        'State',
        report.exitCode === null ? report.state : `${report.state}, exit code ${report.exitCode}`,
      ),
      fact('GPU', report.devices.map(({ name, index }) => `${name} #${index}`).join(', ') || 'none'),
      ...(commit === null
        ? []
        : [fact('Commit', commit.dirty ? `${commit.commit}, with changes not committed` : commit.commit)]),
      ...(setting?.gridZone === undefined ? [] : [fact('Grid zone', setting.gridZone)]),
      fact(
        `Energy${simulated}`,
        totals.energyJ === null
          ? `not available (${totals.missing === null ? 'nothing was measured' : describeMissing(totals.missing)})`
          : `${formatEnergy(totals.energyJ)}, ${formatWattHours(totals.energyJ)}`,
      ),
      fact('Measured by', `${provenanceTag(totals.provenance)}, ${formatShare(totals.coverage)} of the time`),
      ...(totals.sharing === undefined ? [] : [fact('Shared', sharedEnergyText(totals.sharing))]),
      ...(totals.wall === undefined ? [] : [fact('At the wall', wallEnergyText(totals.wall))]),
      fact(`Per ${steps?.unit ?? 'step'}${simulated}`, perStep(report)),
      fact(`Mean power${simulated}`, formatPower(totals.meanPowerW)),
      fact(
        `Idle${simulated}`,
        idle === null ? notAvailable : `${formatEnergy(totals.idleJ)}, ${formatShare(idle)}`,
      ),
      ...(report.heldAfter === null ? [] : [fact('After the cell', kernelHoldText(report.heldAfter))]),
    ],
  );
}

const perStep = ({ steps }: RunReport): string =>
  steps === null
    ? 'not available (no steps were seen)'
    : `${formatPerStep(steps.perStepJ, steps.spreadJ, steps.unit)}, ${Math.round(steps.count * 100) / 100} ${steps.unit ?? 'step'}s`;

function wastePart({ waste, totals, simulated }: RunReport): string {
  const rows = waste.map(({ kind, energyJ, share, certainty, evidence, places }) =>
    row(
      wasteKinds[kind].label,
      formatEnergy(energyJ),
      formatShare(share),
      certainty,
      markdownText(evidence),
      markdownText(places.map(({ path, line, rule }) => `${path}:${line} (${rule})`).join(', ')),
    ),
  );
  if (totals.energyJ === null) return 'Not available: nothing was measured.';
  if (rows.length === 0)
    return totals.idleJ === null
      ? 'Not available: the readings do not tell when the GPU stood idle.'
      : 'Nothing that does no useful work was found.';
  return table(
    ['Kind', `Energy${simulated ? ' (simulated)' : ''}`, 'Share', 'Certainty', 'Seen', 'Where'],
    rows,
  );
}

/** Apart from what was measured, so that nobody adds the two. */
function modelledPart({ waste, memoryHeadroom, simulated }: RunReport): readonly string[] {
  const word = simulated ? ' (simulated)' : '';
  const rows = waste.flatMap(({ kind, whatIf }) =>
    whatIf === undefined ? [] : [`- ${wasteKinds[kind].label}${word}. ${whatIfText(whatIf)}`],
  );
  const headroom = memoryHeadroom === null ? [] : [`- ${headroomText(memoryHeadroom)}`];
  if (rows.length + headroom.length === 0) return [];
  return [
    `## What mending it may save, by a model${word}`,
    ...(rows.length === 0
      ? []
      : [
          'By a model from what was measured and one assumption each; no saving is proven by it, and none is in a figure above.',
        ]),
    [...rows, ...headroom].join('\n'),
  ];
}

function linesPart({ lines, simulated, totals }: RunReport): readonly string[] {
  if (lines === null || lines.lines.length === 0) return [];
  const word = simulated ? ' (simulated)' : '';
  const rows = lines.lines
    .slice(0, mostLines)
    .map(({ path, line, name, energyJ, idleJ }) =>
      row(markdownText(`${path}:${line}`), markdownText(name), formatEnergy(energyJ), formatEnergy(idleJ)),
    );
  const why = totals.missing === null ? 'nothing was measured' : describeMissing(totals.missing);
  const of = totals.energyJ === null ? '' : ` of ${formatEnergy(totals.energyJ)}`;
  const samples = `${Math.round(lines.samples)} samples of the main thread`;
  const divided =
    lines.sampledJ === null
      ? `Energy not available (${why}); ${samples}`
      : `${formatEnergy(lines.sampledJ)}${of}${word}, divided by ${samples} (${provenanceTag(totals.provenance)})`;
  const missed =
    lines.missedSamples > 0
      ? ` ${lines.missedSamples} more samples could not be matched, so a part is missing.`
      : '';
  return [
    `## By line${word}`,
    `${divided}.${missed}`,
    table(['Line', 'Function', `Energy${word}`, `Of it idle${word}`], rows),
  ];
}

function comparisonPart({ comparison }: RunReport): readonly string[] {
  if (comparison === null) return [];
  const { baseline, caveats } = comparison;
  return [
    `## Against the baseline, run ${baseline.number}`,
    `${changeText(comparison)}.`,
    ...(caveats.length === 0 ? [] : [caveats.map((caveat) => `- ${markdownText(caveat)}`).join('\n')]),
  ];
}

/** Strings in JSON's form are strings in YAML too. */
function cardPart(block: EnergyBlock): readonly string[] {
  const { co2EqEmissions } = block;
  const yaml =
    co2EqEmissions === null
      ? []
      : [
          [
            '```yaml',
            'co2_eq_emissions:',
            ...Object.entries(co2EqEmissions).map(
              ([name, value]) =>
                `  ${name}: ${typeof value === 'number' ? Number(value.toPrecision(4)) : JSON.stringify(value)}`,
            ),
            '```',
          ].join('\n'),
        ];
  return [
    '## For a model card',
    'Of this run only: what was tried before it, and the machine around the GPUs, is not in it.',
    [
      `- Hardware type: ${markdownText(block.hardware)}`,
      `- Hours used: ${block.hours.toPrecision(3)}`,
      `- GPU energy: ${block.energyKWh.toPrecision(4)} kWh (${markdownText(block.measuredBy)})`,
      ...block.notes.map((note) => `- Note: ${markdownText(note)}`),
      co2EqEmissions === null
        ? '- Carbon emitted: not stated, as no carbon intensity is configured'
        : `- Carbon emitted: ${co2EqEmissions.emissions.toPrecision(4)} g CO2eq, from the intensity that was configured`,
    ].join('\n'),
    ...yaml,
  ];
}

export function reportMarkdown(report: RunReport): string {
  const simulated = report.simulated ? ' (simulated)' : '';
  return `${[
    `# Run ${report.number}: ${markdownText(report.name)}${simulated}`,
    facts(report),
    `## Where the joules went${simulated}`,
    wastePart(report),
    ...modelledPart(report),
    ...linesPart(report),
    ...comparisonPart(report),
    ...(report.notices.length === 0
      ? []
      : ['## Notes', report.notices.map((notice) => `- ${markdownText(notice)}`).join('\n')]),
    ...(report.energyBlock === null ? [] : cardPart(report.energyBlock)),
    `Written by ${report.writtenBy}.`,
  ].join('\n\n')}\n`;
}
