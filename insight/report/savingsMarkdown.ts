/** The ledger of savings as a Markdown page. */

import type { NotCounted, ProjectSavings, SavingsLedger } from '../../contracts/savings.ts';
import {
  baselineDeletedHead,
  notCountedHead,
  notCountedText,
  nothingProven,
  notLookedAt,
  projectText,
  rebound,
  savingText,
  usedCell,
} from '../../contracts/savingsText.ts';
import { formatEnergy, formatWattHours } from '../../contracts/units.ts';
import { markdownText } from './markdownText.ts';

const leftOut = (head: string | null, entries: readonly NotCounted[]): readonly string[] =>
  head === null
    ? []
    : [
        head,
        entries
          .map((entry) => `- ${markdownText(entry.run.name)}, ${markdownText(notCountedText(entry))}`)
          .join('\n'),
      ];

function projectPart(project: ProjectSavings, ledger: SavingsLedger): string {
  const simulated = project.simulated ? ' (simulated)' : '';
  const name = project.project === '' ? 'Folder not known' : markdownText(project.project);
  const months = project.months.map(
    (use) =>
      `| ${use.month} | ${use.runs} | ${usedCell(use)} | ${usedCell(use, formatWattHours)} | ${formatEnergy(use.savedJ)} |`,
  );
  const grown = rebound(project, ledger);
  return [
    `## ${name}${simulated}`,
    `${projectText(project)}.`,
    ...(grown === null ? [] : [grown]),
    [
      `| Month (UTC) | Runs | Used${simulated} | | Saved${simulated} |`,
      '| --- | ---: | ---: | ---: | ---: |',
      ...months,
    ].join('\n'),
    ...(project.savings.length === 0
      ? []
      : [
          project.savings
            .map((saving) => `- ${markdownText(saving.run.name)}, ${savingText(saving)}${simulated}`)
            .join('\n'),
        ]),
    ...leftOut(notCountedHead(project), project.notCounted),
    ...leftOut(baselineDeletedHead(project), project.baselineDeleted),
  ].join('\n\n');
}

export function savingsMarkdown(ledger: SavingsLedger): string {
  const sentences = [nothingProven(ledger), notLookedAt(ledger)].filter((text) => text !== null);
  return `${[
    '# Savings proven so far',
    'Each run is held against the last run of its script that was pinned as a baseline before it began. What counts needed less for each step, with a 95 % interval that excludes no change; what was simulated stands apart.',
    ...sentences,
    ...ledger.projects.map((project) => projectPart(project, ledger)),
  ].join('\n\n')}\n`;
}
