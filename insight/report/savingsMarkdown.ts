/** The ledger of savings as a Markdown page. */

import type { ProjectSavings, SavingsLedger } from '../../contracts/savings.ts';
import { nothingProven, projectText, rebound, savingText } from '../../contracts/savingsText.ts';
import { formatEnergy, formatWattHours } from '../../contracts/units.ts';
import { markdownText } from './markdownText.ts';

function projectPart(project: ProjectSavings): string {
  const simulated = project.simulated ? ' (simulated)' : '';
  const name = project.project === '' ? 'Folder not known' : markdownText(project.project);
  const months = project.months.map(
    ({ month, runs, usedJ, savedJ }) =>
      `| ${month} | ${runs} | ${formatEnergy(usedJ)} | ${formatWattHours(usedJ)} | ${formatEnergy(savedJ)} |`,
  );
  const grown = rebound(project);
  const notCounted = project.notCounted.map(
    ({ run, baseline, reason }) =>
      `- not counted: run ${run.number} against run ${baseline.number}. ${markdownText(reason)}`,
  );
  return [
    `## ${name}${simulated}`,
    `${projectText(project)}.`,
    ...(grown === null ? [] : [grown]),
    [
      `| Month (UTC) | Runs | Used${simulated} | | Saved${simulated} |`,
      '| --- | ---: | ---: | ---: | ---: |',
      ...months,
    ].join('\n'),
    ...(project.savings.length + notCounted.length === 0
      ? []
      : [
          [
            ...project.savings.map(
              (saving) => `- ${markdownText(saving.run.name)}, ${savingText(saving)}${simulated}`,
            ),
            ...notCounted,
          ].join('\n'),
        ]),
  ].join('\n\n');
}

export function savingsMarkdown(ledger: SavingsLedger): string {
  const none = nothingProven(ledger);
  return `${[
    '# Savings proven so far',
    'Each run is held against the run of its script that was pinned as the baseline before it. What counts was measured, and its 95 % interval excludes no change.',
    ...(none === null ? [] : [none]),
    ...ledger.projects.map(projectPart),
  ].join('\n\n')}\n`;
}
