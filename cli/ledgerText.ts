/** The ledger of savings as lines for a terminal. */

import type { ProjectSavings, SavingsLedger } from '../contracts/savings.ts';
import {
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

function projectLines(project: ProjectSavings, ledger: SavingsLedger): string {
  const months = project.months.map((use) => [
    use.month,
    String(use.runs),
    usedCell(use),
    formatEnergy(use.savedJ),
  ]);
  const word = project.simulated ? ' (simulated)' : '';
  const grown = rebound(project, ledger);
  const head = notCountedHead(project);
  return [
    `${plain(project.project) || 'folder not known'}: ${projectText(project)}`,
    ...(grown === null ? [] : [`  ${grown}`]),
    table(
      [['MONTH', 'RUNS', `USED${word}`, `SAVED${word}`], ...months],
      ['left', 'right', 'right', 'right'],
    ).replaceAll(/^/gm, '  '),
    ...project.savings.map((saving) => `  ${plain(saving.run.name)}, ${savingText(saving)}${word}`),
    ...(head === null ? [] : [`  ${head}`]),
    ...project.notCounted.map((entry) => `    ${plain(entry.run.name)}, ${plain(notCountedText(entry))}`),
  ].join('\n');
}

export function ledgerText(ledger: SavingsLedger): string {
  const sentences = [nothingProven(ledger), notLookedAt(ledger)].filter((text) => text !== null);
  const projects = ledger.projects.map((project) => projectLines(project, ledger));
  return `${[...sentences, ...projects].join('\n\n')}\n`;
}
