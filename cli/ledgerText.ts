/** The ledger of savings as lines for a terminal. */

import type { ProjectSavings, SavingsLedger } from '../contracts/savings.ts';
import { nothingProven, projectText, rebound, savingText } from '../contracts/savingsText.ts';
import { formatEnergy } from '../contracts/units.ts';
import { plain, table } from './terminalText.ts';

function projectLines(project: ProjectSavings): string {
  const months = project.months.map(({ month, runs, usedJ, savedJ }) => [
    month,
    String(runs),
    formatEnergy(usedJ),
    formatEnergy(savedJ),
  ]);
  const word = project.simulated ? ' (simulated)' : '';
  const grown = rebound(project);
  return [
    `${plain(project.project) || 'folder not known'}: ${projectText(project)}`,
    ...(grown === null ? [] : [`  ${grown}`]),
    table(
      [['MONTH', 'RUNS', `USED${word}`, `SAVED${word}`], ...months],
      ['left', 'right', 'right', 'right'],
    ).replaceAll(/^/gm, '  '),
    ...project.savings.map((saving) => `  ${plain(saving.run.name)}, ${savingText(saving)}${word}`),
    ...project.notCounted.map(
      ({ run, baseline, reason }) =>
        `  not counted: run ${run.number} against run ${baseline.number}. ${plain(reason)}`,
    ),
  ].join('\n');
}

export function ledgerText(ledger: SavingsLedger): string {
  const none = nothingProven(ledger);
  return `${[...(none === null ? [] : [none]), ...ledger.projects.map(projectLines)].join('\n\n')}\n`;
}
