/** Tools that answer about code below the working folder. */

import { stat } from 'node:fs/promises';
import { findingsAnswer, maskNote, problemsAnswer } from '../../contracts/agentAnswers.ts';
import { ruleNamed } from '../../server/engine/ruleNamed.ts';
import { loadEngine } from '../../server/loadEngine.ts';
import type { Engine } from '../../server/lsp/engineDoor.ts';
import { readSource } from '../../server/readSource.ts';
import { checkedReport } from '../checkFiles.ts';
import { namedPage } from '../namedPage.ts';
import type { CheckReport } from '../report/report.ts';
import { UsageError } from '../usageError.ts';
import { replacementDiff } from './replacementDiff.ts';
import { countInput, type ToolInput, textInput } from './toolInput.ts';
import { mayRead, pathInside } from './workingFolder.ts';

async function report(path: string, engine?: Engine): Promise<CheckReport> {
  const { checked } = await checkedReport(
    engine ?? (await loadEngine()),
    [pathInside(path)],
    { format: 'json', failOn: 'never' },
    mayRead,
  );
  return checked;
}

export async function listFindingsTool(input: ToolInput): Promise<string> {
  const { findings, problems } = await report(input['path'] === undefined ? '.' : textInput(input, 'path'));
  return JSON.stringify(
    {
      ...findingsAnswer(
        findings.map((finding) => ({
          rule: finding.rule,
          path: finding.path,
          cell: finding.cell,
          line: finding.line,
          message: finding.message,
          severity: finding.severity,
          certainty: finding.confidence,
          fix: finding.fixes[0]?.title ?? null,
        })),
      ),
      ...problemsAnswer(problems.map(({ path, cell, line, message }) => ({ path, cell, line, message }))),
    },
    null,
    2,
  );
}

/** The page of a rule, or of a kind of waste. */
export const explainRuleTool = (input: ToolInput): Promise<string> => namedPage(textInput(input, 'rule'));

export async function previewFixTool(input: ToolInput): Promise<string> {
  const path = pathInside(textInput(input, 'path'));
  if ((await stat(path)).isDirectory()) throw new UsageError(`"${path}" is a folder; name a file.`);
  const line = countInput(input, 'line');
  const word = input['rule'] === undefined ? null : textInput(input, 'rule');
  const engine = await loadEngine();
  const rule = word === null ? null : (ruleNamed(word, engine.rules)?.name ?? word);
  const finding = (await report(path, engine)).findings.find(
    (found) => found.line === line && (rule === null || found.rule === rule),
  );
  if (finding === undefined) throw new UsageError(`there is no such finding at ${path}:${line}.`);
  const [fix] = finding.fixes;
  if (fix === undefined) throw new UsageError(`${finding.rule} at ${path}:${line} has no automatic fix.`);
  if (finding.cell !== null)
    throw new UsageError('the fix of a notebook is shown and applied in the editor.');
  const source = await readSource(path);
  if ('unreadable' in source) throw new UsageError(`${path}: ${source.unreadable}`);
  const diff = replacementDiff(path, source.text, fix.replacements);
  const toApply =
    fix.safety === 'safe'
      ? `To apply every safe fix of this rule in the file, a person runs: perjoule check --fix --select ${finding.rule} ${quoted(path)}`
      : 'It can change what the program computes, so a person applies it in the editor after reading it.';
  return [
    `${fix.title} (${fix.safety})`,
    ...(fix.caveat === undefined ? [] : [`Caveat: ${fix.caveat}`]),
    'Nothing was written.',
    diff,
    ...maskNote(diff),
    toApply,
  ].join('\n\n');
}

const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
