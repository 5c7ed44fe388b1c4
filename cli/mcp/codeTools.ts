/** Tools that answer about code below the working folder. */

import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { loadEngine } from '../../server/loadEngine.ts';
import { readSource } from '../../server/readSource.ts';
import { checkedReport } from '../checkFiles.ts';
import { rulePage } from '../explainRule.ts';
import type { ReportedFinding } from '../report/report.ts';
import { UsageError } from '../usageError.ts';
import { replacementDiff } from './replacementDiff.ts';
import { countInput, type ToolInput, textInput } from './toolInput.ts';

const mostFindings = 200;

/** @throws UsageError for a path outside the working folder, by a link too */
async function pathInside(path: string): Promise<string> {
  const folder = await realpath(process.cwd());
  const real = await realpath(resolve(path)).catch(() => {
    throw new UsageError(`there is no "${path}".`);
  });
  const inside = relative(folder, real);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new UsageError(`"${path}" lies outside the working folder, and only that is read.`);
  return inside === '' ? '.' : inside;
}

async function findingsOf(path: string): Promise<readonly ReportedFinding[]> {
  const { checked } = await checkedReport(await loadEngine(), [await pathInside(path)], {
    format: 'json',
    failOn: 'never',
  });
  return checked.findings;
}

export async function listFindingsTool(input: ToolInput): Promise<string> {
  const found = await findingsOf(input['path'] === undefined ? '.' : textInput(input, 'path'));
  const findings = found.slice(0, mostFindings).map((finding) => ({
    rule: finding.rule,
    path: finding.path,
    cell: finding.cell,
    line: finding.line,
    message: finding.message,
    severity: finding.severity,
    certainty: finding.confidence,
    fix: finding.fixes[0]?.title ?? null,
  }));
  return JSON.stringify({ findings, leftOut: found.length - findings.length }, null, 2);
}

export const explainRuleTool = (input: ToolInput): Promise<string> => rulePage(textInput(input, 'rule'));

export async function previewFixTool(input: ToolInput): Promise<string> {
  const path = await pathInside(textInput(input, 'path'));
  const line = countInput(input, 'line');
  const rule = input['rule'] === undefined ? null : textInput(input, 'rule');
  const at = (await findingsOf(path)).filter(
    (finding) => finding.line === line && (rule === null || finding.rule === rule),
  );
  const [finding] = at;
  if (finding === undefined) throw new UsageError(`there is no such finding at ${path}:${line}.`);
  const [fix] = finding.fixes;
  if (fix === undefined) throw new UsageError(`${finding.rule} at ${path}:${line} has no automatic fix.`);
  const source = await readSource(path);
  if ('unreadable' in source || finding.cell !== null)
    throw new UsageError('The fix of a notebook is shown and applied in the editor.');
  const toApply =
    fix.safety === 'safe'
      ? `To apply every safe fix of this rule in the file, a person runs: perjoule check --fix --select ${finding.rule} ${quoted(path)}`
      : 'It can change what the program computes, so a person applies it in the editor after reading it.';
  return [
    `${fix.title} (${fix.safety})`,
    ...(fix.caveat === undefined ? [] : [`Caveat: ${fix.caveat}`]),
    'Nothing was written.',
    replacementDiff(path, source.text, fix.replacements),
    toApply,
  ].join('\n\n');
}

const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
