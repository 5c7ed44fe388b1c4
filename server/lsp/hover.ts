import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import { explainRuleCommand, explainWasteCommand, showRunCommand } from '../../contracts/lspExtensions.ts';
import type { TracedHint } from '../../contracts/trace.ts';
import { tracedText } from '../../contracts/traceText.ts';
import type { Engine } from './engineDoor.ts';
import { flatTraced, type Mark, measuredSentence } from './marks.ts';
import { commandLink, markdownText } from './outsideText.ts';
import { rangeIn, type Sheet } from './sheets.ts';

/** The editor shows the message above this text, so it says only what the message does not. */
function section(mark: Mark, engine: Engine): string {
  const { rule } = mark.finding;
  const text = engine.rules.find(({ name }) => name === rule);
  const links = [
    commandLink(`Explain ${rule}`, explainRuleCommand, rule),
    commandLink('What the GPU does meanwhile', explainWasteCommand, mark.finding.wasteKind ?? ''),
  ];
  if (mark.measured !== undefined)
    links.push(commandLink(`Show run ${mark.measured.runName}`, showRunCommand, mark.measured.runId));
  else if (mark.traced !== undefined)
    links.push(commandLink('Show the run that was traced', showRunCommand, mark.traced.runId));
  return [
    `**Perjoule** · ${markdownText(rule)}`,
    text?.why,
    mark.measured === undefined ? undefined : `**${markdownText(measuredSentence(mark.measured))}**`,
    mark.traced === undefined ? undefined : tracedSection(mark.traced),
    text === undefined ? undefined : `*Evidence:* ${text.evidence}`,
    links.join(' · '),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

/** Part by part, as what is long is cut. */
function tracedSection(traced: TracedHint): string {
  const { verdict, seen } = tracedText(flatTraced(traced));
  return `**${markdownText(verdict)}**: ${seen.map(markdownText).join(', ')}. Profiling itself slows a run; a trace tells no joules.`;
}

export function hoverAt(
  sheet: Sheet,
  marks: readonly Mark[],
  engine: Engine,
  position: Position,
): Hover | null {
  const offset = sheet.start + sheet.document.offsetAt(position);
  const under = marks.filter(
    ({ finding: { start, end } }) => sheet.start <= start && start <= offset && offset <= end,
  );
  const first = under[0];
  if (first === undefined) return null;
  return {
    contents: {
      kind: MarkupKind.Markdown,
      value: under.map((mark) => section(mark, engine)).join('\n\n---\n\n'),
    },
    range: rangeIn(sheet, first.finding),
  };
}
