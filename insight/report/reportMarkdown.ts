/** The report of a run as a Markdown page. Names, commands and paths come from outside and are shown as text. */

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
import { wallEnergyText } from '../../contracts/wallEnergy.ts';
import { wasteKinds } from '../../contracts/waste.ts';
import { markdownText } from './markdownText.ts';

const mostLines = 10;

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');
const fact = (label: string, text: string): string => row(label, markdownText(text));

function facts(report: RunReport): string {
  const { totals, steps, setting } = report;
  const simulated = report.simulated ? ' (simulated)' : '';
  const commit = setting?.git ?? null;
  const idle = totals.energyJ === null || totals.idleJ === null ? null : totals.idleJ / totals.energyJ;
  return table(
    ['', ''],
    [
      fact('Command', report.command),
      fact('Started', report.startedAt),
      fact('Time', formatDuration(report.durationMs)),
      fact(
        'State',
        report.exitCode === null ? report.state : `${report.state}, exit code ${report.exitCode}`,
      ),
      fact('GPU', report.devices.map(({ name, index }) => `${name} #${index}`).join(', ') || 'none'),
      ...(commit === null
        ? []
        : [fact('Commit', commit.dirty ? `${commit.commit}, with changes not committed` : commit.commit)]),
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
    ],
  );
}

const perStep = ({ steps }: RunReport): string =>
  steps === null
    ? 'not available (no steps were seen)'
    : `${formatPerStep(steps.perStepJ, steps.spreadJ, steps.unit)}, ${Math.round(steps.count * 100) / 100} ${steps.unit ?? 'step'}s`;

function wastePart({ waste }: RunReport): string {
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
  return rows.length === 0
    ? 'Nothing that does no useful work was found.'
    : table(['Kind', 'Energy', 'Share', 'Certainty', 'Seen', 'Where'], rows);
}

function linesPart({ lines }: RunReport): readonly string[] {
  if (lines === null || lines.lines.length === 0) return [];
  const rows = lines.lines
    .slice(0, mostLines)
    .map(({ path, line, name, energyJ, idleJ }) =>
      row(markdownText(`${path}:${line}`), markdownText(name), formatEnergy(energyJ), formatEnergy(idleJ)),
    );
  return ['## By line', table(['Line', 'Function', 'Energy', 'Of it idle'], rows)];
}

function comparisonPart({ comparison }: RunReport): readonly string[] {
  if (comparison === null) return [];
  const { baseline, verdict, change, interval, caveats } = comparison;
  const percent = (share: number): string =>
    `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
  const words = {
    better: 'less energy per step',
    worse: 'more energy per step',
    notDistinguishable: 'not distinguishable',
    notComparable: 'not comparable',
  }[verdict];
  const figure =
    change === null || interval === null
      ? ''
      : `: ${percent(change)} (95 % interval ${percent(interval[0])} to ${percent(interval[1])})`;
  return [
    `## Against the baseline, run ${baseline.number}`,
    `${words}${figure}${baseline.simulated ? ' (simulated)' : ''}.`,
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
    ...linesPart(report),
    ...comparisonPart(report),
    ...(report.notices.length === 0
      ? []
      : ['## Notes', report.notices.map((notice) => `- ${markdownText(notice)}`).join('\n')]),
    ...(report.energyBlock === null ? [] : cardPart(report.energyBlock)),
    `Written by ${report.writtenBy}.`,
  ].join('\n\n')}\n`;
}
