/** The ledger of savings as lines for a terminal. */

import type { NotCounted, ProjectSavings, SavingsLedger } from '../contracts/savings.ts';
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
} from '../contracts/savingsText.ts';
import { formatEnergy } from '../contracts/units.ts';
import { plain, table } from './terminalText.ts';

const leftOut = (head: string | null, entries: readonly NotCounted[]): readonly string[] =>
  head === null
    ? []
    : [
        `  ${head}`,
        ...entries.map((entry) => `    ${plain(entry.run.name)}, ${plain(notCountedText(entry))}`),
      ];

function projectLines(project: ProjectSavings, ledger: SavingsLedger): string {
  const months = project.months.map((use) => [
    use.month,
    String(use.runs),
    usedCell(use),
    formatEnergy(use.savedJ),
  ]);
  const word = project.simulated ? ' (simulated)' : '';
  const grown = rebound(project, ledger);
  return [
    `${plain(project.project) || 'folder not known'}: ${projectText(project)}`,
    ...(grown === null ? [] : [`  ${grown}`]),
    table(
      [['MONTH', 'RUNS', `USED${word}`, `SAVED${word}`], ...months],
      ['left', 'right', 'right', 'right'],
    ).replaceAll(/^/gm, '  '),
    ...project.savings.map((saving) => `  ${plain(saving.run.name)}, ${savingText(saving)}${word}`),
    ...leftOut(notCountedHead(project), project.notCounted),
    ...leftOut(baselineDeletedHead(project), project.baselineDeleted),
  ].join('\n');
}

export function ledgerText(ledger: SavingsLedger): string {
  const sentences = [nothingProven(ledger), notLookedAt(ledger)].filter((text) => text !== null);
  const projects = ledger.projects.map((project) => projectLines(project, ledger));
  return `${[...sentences, ...projects].join('\n\n')}\n`;
}
