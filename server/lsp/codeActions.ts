import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  CodeActionTriggerKind,
  type Diagnostic,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { explainRuleCommand } from '../../contracts/lspExtensions.ts';
import { safeEdits } from '../applyFixes.ts';
import type { Fix, TextEdit } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import { diagnosticOf } from './diagnostics.ts';
import { dismissalActions } from './dismissalActions.ts';
import type { Dismissals } from './dismissals.ts';
import type { HintSettings } from './hintSettings.ts';
import type { Mark } from './marks.ts';
import { rangeIn, type Sheet, sheetAt } from './sheets.ts';
import { suppressionEdit } from './suppressionEdit.ts';

export const fixAllKind = `${CodeActionKind.SourceFixAll}.perjoule`;
/** For a notebook as a whole: an editor that took `source` actions cell by cell would mix up their edits. */
export const notebookFixAllKind = `notebook.${fixAllKind}`;

/** Kinds are a hierarchy: who asks for `source` also wants `source.fixAll.perjoule`. */
const asks = (only: readonly string[], kind: string): boolean =>
  only.some((wanted) => wanted === '' || kind === wanted || kind.startsWith(`${wanted}.`));

/** Where the actions are asked for. */
interface Place {
  readonly analysis: Analysis;
  readonly settings: HintSettings;
  readonly dismissals: Dismissals;
  /** Findings that the text shows. */
  readonly marks: readonly Mark[];
  /** Findings that are only listed beside it. */
  readonly advice: readonly Mark[];
}

interface OnSheet extends Place {
  readonly sheet: Sheet;
}

/** The edit names the versions it was computed for, so that the editor refuses it once a text has moved on. */
function workspaceEdit({ analysis }: Place, edits: readonly TextEdit[]): WorkspaceEdit {
  return {
    documentChanges: analysis.sheets.flatMap((sheet) => {
      const own = edits.filter((edit) => sheetAt(analysis.sheets, edit.start) === sheet);
      if (own.length === 0) return [];
      return {
        textDocument: { uri: sheet.uri, version: sheet.version },
        edits: own.map((edit) => ({ range: rangeIn(sheet, edit), newText: edit.text })),
      };
    }),
  };
}

const diagnosticAt = ({ analysis, sheet, settings }: OnSheet, mark: Mark): Diagnostic =>
  diagnosticOf(analysis, sheet, settings, mark);

const fixTitle = (fix: Fix): string =>
  fix.caveat === undefined ? fix.title : `${fix.title} (${fix.caveat.replace(/\.$/, '')})`;

function quickFixes(place: OnSheet, marks: readonly Mark[]): CodeAction[] {
  const offered = marks.flatMap((mark) => mark.finding.fixes.map((fix) => ({ mark, fix })));
  // "Auto fix" takes the preferred action unseen: only one that keeps the meaning, of a finding that the text shows.
  const preferred = offered.findIndex(({ mark, fix }) => fix.safety === 'safe' && place.marks.includes(mark));
  return offered.map(
    ({ mark, fix }, index): CodeAction => ({
      title: fixTitle(fix),
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnosticAt(place, mark)],
      edit: workspaceEdit(place, fix.edits),
      ...(index === preferred ? { isPreferred: true } : {}),
    }),
  );
}

function suppressions(place: OnSheet, marks: readonly Mark[]): CodeAction[] {
  return marks.flatMap((mark): CodeAction[] => {
    const { rule, start } = mark.finding;
    const { sheet } = place;
    const own = suppressionEdit(sheet.document.getText(), start - sheet.start, rule);
    if (own === undefined) return [];
    const edit = { ...own, start: own.start + sheet.start, end: own.end + sheet.start };
    return [
      {
        title: `Allow ${rule} on this line`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnosticAt(place, mark)],
        edit: workspaceEdit(place, [edit]),
      },
    ];
  });
}

function explanations(place: OnSheet, marks: readonly Mark[]): CodeAction[] {
  const rules = [...new Set(marks.map((mark) => mark.finding.rule))];
  return rules.map((rule) => {
    const title = `Explain ${rule}`;
    return {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: marks
        .filter((mark) => mark.finding.rule === rule)
        .map((mark) => diagnosticAt(place, mark)),
      command: { title, command: explainRuleCommand, arguments: [rule] },
    };
  });
}

function fixAll(place: Place, kind: string, marks: readonly Mark[]): CodeAction[] {
  const edits = safeEdits(marks.map((mark) => mark.finding));
  if (edits.length === 0) return [];
  return [{ title: 'Fix all safe Perjoule findings', kind, edit: workspaceEdit(place, edits) }];
}

/** One place, one mark a rule: two findings of a rule on a line must not give the same action twice. */
function oncePerRuleAndLine({ sheet }: OnSheet, marks: readonly Mark[]): readonly Mark[] {
  const seen = new Set<string>();
  return marks.filter(({ finding }) => {
    const key = `${finding.rule}:${sheet.document.positionAt(finding.start - sheet.start).line}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** For the text under the cursor and a range in it. */
function actionsHere(
  place: OnSheet,
  { range, context }: Pick<CodeActionParams, 'range' | 'context'>,
): CodeAction[] {
  const { analysis, sheet, marks, advice, dismissals } = place;
  const start = sheet.start + sheet.document.offsetAt(range.start);
  const end = sheet.start + sheet.document.offsetAt(range.end);
  // No light bulb lights up by itself where nothing is marked; who asks for one is offered the advice too.
  const offered = context.triggerKind === CodeActionTriggerKind.Invoked ? [...marks, ...advice] : marks;
  const here = offered.filter(
    ({ finding }) => sheet.start <= finding.start && finding.start <= end && start <= finding.end,
  );
  const lines = oncePerRuleAndLine(place, here);
  const findings = lines.map(({ finding }) => finding);
  return [
    ...quickFixes(place, here),
    ...suppressions(place, lines),
    ...dismissalActions(analysis, findings, dismissals),
    ...explanations(place, lines),
  ];
}

/** Without a sheet: asked for in a cell of text, where only what is for the whole notebook can be meant. */
export function codeActionsFor(
  place: Place & { readonly sheet: Sheet | undefined },
  params: Pick<CodeActionParams, 'range' | 'context'>,
): CodeAction[] {
  const { analysis, sheet, marks } = place;
  const { only } = params.context;
  const actions: CodeAction[] = [];
  if (sheet !== undefined && (only === undefined || asks(only, CodeActionKind.QuickFix)))
    actions.push(...actionsHere({ ...place, sheet }, params));
  // Never among the quick fixes of the light bulb: it changes more than the line under the cursor.
  const allKind = sheet?.uri === analysis.uri ? fixAllKind : notebookFixAllKind;
  if (only !== undefined && asks(only, allKind)) actions.push(...fixAll(place, allKind, marks));
  return actions;
}
