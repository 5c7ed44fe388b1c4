/** What the light bulb offers to somebody who knows better than a hint. The editor remembers it; the file stays as it is. */

import { type CodeAction, CodeActionKind, type Command } from 'vscode-languageserver';
import { type DismissalKind, type DismissalTarget, dismissCommands } from '../../contracts/opportunities.ts';
import type { Finding } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import type { Dismissals } from './dismissals.ts';
import { oneLine } from './outsideText.ts';

const place = ({ functionName }: DismissalTarget): string =>
  functionName === '' ? 'outside functions' : `in ${oneLine(functionName)}()`;

const titles: Readonly<Record<DismissalKind, (target: DismissalTarget) => string>> = {
  intended: (target) => `Intended here: hide ${target.rule} ${place(target)}`,
  tinyData: (target) => `Tiny data: hide all hints ${place(target)}`,
};

function action(kind: DismissalKind, target: DismissalTarget): CodeAction {
  const title = titles[kind](target);
  const command: Command = { title, command: dismissCommands[kind], arguments: [target] };
  return { title, kind: CodeActionKind.QuickFix, command };
}

export function dismissalActions(
  analysis: Analysis,
  findings: readonly Finding[],
  dismissals: Dismissals,
): CodeAction[] {
  const targets = findings.map((finding) => dismissals.target(analysis, finding));
  const actions = (['intended', 'tinyData'] as const).flatMap((kind) =>
    targets.map((target) => action(kind, target)),
  );
  // Two rules of one function: one word about its data.
  return [...new Map(actions.map((one) => [one.title, one])).values()];
}
