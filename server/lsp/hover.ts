import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import { explainRuleCommand, showRunCommand } from '../../contracts/lspExtensions.ts';
import type { Analysis } from './analyses.ts';
import { rangeOf } from './diagnostics.ts';
import type { Engine } from './engineDoor.ts';
import { type Mark, measuredSentence } from './marks.ts';
import { commandLink, markdownText } from './outsideText.ts';

/** The editor shows the message above this text, so it says only what the message does not. */
function section(mark: Mark, engine: Engine): string {
  const { rule } = mark.finding;
  const text = engine.rules.find(({ name }) => name === rule);
  const links = [commandLink(`Explain ${rule}`, explainRuleCommand, rule)];
  if (mark.measured !== undefined)
    links.push(commandLink(`Show run ${mark.measured.runName}`, showRunCommand, mark.measured.runId));
  return [
    `**Perjoule** · ${markdownText(rule)}`,
    text?.why,
    mark.measured === undefined ? undefined : `**${markdownText(measuredSentence(mark.measured))}**`,
    text === undefined ? undefined : `*Evidence:* ${text.evidence}`,
    links.join(' · '),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

export function hoverAt(
  analysis: Analysis,
  marks: readonly Mark[],
  engine: Engine,
  position: Position,
): Hover | null {
  const offset = analysis.document.offsetAt(position);
  const under = marks.filter(({ finding }) => finding.start <= offset && offset <= finding.end);
  const first = under[0];
  if (first === undefined) return null;
  return {
    contents: {
      kind: MarkupKind.Markdown,
      value: under.map((mark) => section(mark, engine)).join('\n\n---\n\n'),
    },
    range: rangeOf(analysis, first.finding),
  };
}
