import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { explainRuleCommand } from '../../contracts/lspExtensions.ts';
import { safeEdits } from '../applyFixes.ts';
import type { Fix, TextEdit } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import { diagnosticOf, rangeOf } from './diagnostics.ts';
import type { HintSettings } from './hintSettings.ts';
import type { Mark } from './marks.ts';
import { suppressionEdit } from './suppressionEdit.ts';

export const fixAllKind = `${CodeActionKind.SourceFixAll}.perjoule`;

/** Kinds are a hierarchy: who asks for `source` also wants `source.fixAll.perjoule`. */
const asks = (only: readonly string[], kind: string): boolean =>
  only.some((wanted) => wanted === '' || kind === wanted || kind.startsWith(`${wanted}.`));

/** The edit names the version it was computed for, so that the editor refuses it once the text has moved on. */
function workspaceEdit(analysis: Analysis, edits: readonly TextEdit[]): WorkspaceEdit {
  return {
    documentChanges: [
      {
        textDocument: { uri: analysis.uri, version: analysis.version },
        edits: edits.map((edit) => ({ range: rangeOf(analysis, edit), newText: edit.text })),
      },
    ],
  };
}

const fixTitle = (fix: Fix): string =>
  fix.caveat === undefined ? fix.title : `${fix.title} (${fix.caveat.replace(/\.$/, '')})`;

function quickFixes(analysis: Analysis, settings: HintSettings, marks: readonly Mark[]): CodeAction[] {
  const fixes = marks.flatMap((mark) =>
    mark.finding.fixes.map(
      (fix): CodeAction => ({
        title: fixTitle(fix),
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnosticOf(analysis, settings, mark)],
        edit: workspaceEdit(analysis, fix.edits),
      }),
    ),
  );
  // "Auto fix" takes the preferred action unseen, so only one that keeps the meaning may be it.
  const preferred = marks.flatMap((mark) => mark.finding.fixes).findIndex((fix) => fix.safety === 'safe');
  return fixes.map((action, index) => (index === preferred ? { ...action, isPreferred: true } : action));
}

function suppressions(analysis: Analysis, settings: HintSettings, marks: readonly Mark[]): CodeAction[] {
  return marks.flatMap((mark): CodeAction[] => {
    const { rule, start } = mark.finding;
    const edit = suppressionEdit(analysis.document.getText(), start, rule);
    if (edit === undefined) return [];
    return [
      {
        title: `Allow ${rule} on this line`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnosticOf(analysis, settings, mark)],
        edit: workspaceEdit(analysis, [edit]),
      },
    ];
  });
}

function explanations(analysis: Analysis, settings: HintSettings, marks: readonly Mark[]): CodeAction[] {
  const rules = [...new Set(marks.map((mark) => mark.finding.rule))];
  return rules.map((rule) => {
    const title = `Explain ${rule}`;
    return {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: marks
        .filter((mark) => mark.finding.rule === rule)
        .map((mark) => diagnosticOf(analysis, settings, mark)),
      command: { title, command: explainRuleCommand, arguments: [rule] },
    };
  });
}

function fixAll(analysis: Analysis, marks: readonly Mark[]): CodeAction[] {
  const edits = safeEdits(marks.map((mark) => mark.finding));
  if (edits.length === 0) return [];
  return [
    {
      title: 'Fix all safe Perjoule findings',
      kind: fixAllKind,
      edit: workspaceEdit(analysis, edits),
    },
  ];
}

/** One place, one mark a rule: two findings of a rule on a line must not give the same action twice. */
function oncePerRuleAndLine(analysis: Analysis, marks: readonly Mark[]): readonly Mark[] {
  const seen = new Set<string>();
  return marks.filter(({ finding }) => {
    const key = `${finding.rule}:${analysis.document.positionAt(finding.start).line}`;
    return !seen.has(key) && seen.add(key);
  });
}

export function codeActionsFor(
  analysis: Analysis,
  settings: HintSettings,
  marks: readonly Mark[],
  { range, context }: Pick<CodeActionParams, 'range' | 'context'>,
): CodeAction[] {
  const only = context.only;
  const actions: CodeAction[] = [];
  if (only === undefined || asks(only, CodeActionKind.QuickFix)) {
    const start = analysis.document.offsetAt(range.start);
    const end = analysis.document.offsetAt(range.end);
    const here = marks.filter(({ finding }) => finding.start <= end && start <= finding.end);
    const lines = oncePerRuleAndLine(analysis, here);
    actions.push(
      ...quickFixes(analysis, settings, here),
      ...suppressions(analysis, settings, lines),
      ...explanations(analysis, settings, lines),
    );
  }
  // Never among the quick fixes of the light bulb: it changes more than the line under the cursor.
  if (only !== undefined && asks(only, fixAllKind)) actions.push(...fixAll(analysis, marks));
  return actions;
}
