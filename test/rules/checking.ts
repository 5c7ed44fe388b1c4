/** For tests: the checker over a text, marks in the text, fixes applied. */

import assert from 'node:assert/strict';
import type { Confidence } from '../../contracts/findings.ts';
import { applyEdits } from '../../server/applyFixes.ts';
import { checkText } from '../../server/engine/check.ts';
import type { CheckResult, Finding } from '../../server/engine/finding.ts';
import { loadParser } from '../../server/python/parser.ts';
import { rules } from '../../server/rules/index.generated.ts';
import { wasmFiles } from '../../server/wasmFiles.ts';

export const parser = await loadParser(await wasmFiles());

export function check(
  text: string,
  path = '/project/train.py',
  minConfidence: Confidence = 'likely',
): CheckResult {
  return checkText({ parser, path, text, rules, options: { root: '/project', minConfidence } });
}

export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** What they ask for is missing in nearly every short script: beside the point in tests of other rules. */
const everywhere = new Set(['loader-no-pin-memory', 'transfer-blocking']);

/** `line rule` for each finding that is marked; `own` is the rule that the test is about. */
export function reported(text: string, path?: string, own?: string): string[] {
  return named(text, check(text, path).findings, own);
}

/** The same, with those that are only listed: for tests of what is seen of a program, not of how sure it makes a rule. */
export function found(text: string, path?: string): string[] {
  return named(text, check(text, path, 'possible').findings);
}

function named(text: string, findings: readonly Finding[], own?: string): string[] {
  return findings
    .filter((f) => f.rule === own || !everywhere.has(f.rule))
    .map((f) => `${lineOf(text, f.start)} ${f.rule}`);
}

/** The lines that a text marks with `# finding: <rule>`. */
export function marked(text: string): string[] {
  const out: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const match = /# finding: ([\w-]+(?:, [\w-]+)*)\s*$/.exec(line);
    for (const rule of match?.[1]?.split(', ') ?? []) out.push(`${i + 1} ${rule}`);
  }
  return out;
}

/** What a fix makes worth while: only worker processes can pin memory beside the training. */
const openedBy: Readonly<Record<string, string>> = { 'loader-no-workers': 'loader-no-pin-memory' };

/** Applies the first fix of the first finding of a rule; the finding must go and nothing new may come but what it opens. */
export function fixed(text: string, rule: string, minConfidence?: Confidence): string {
  const before = check(text, undefined, minConfidence).findings;
  const finding = before.find((f) => f.rule === rule);
  assert.ok(finding, `no finding of ${rule}`);
  const fix = finding.fixes[0];
  assert.ok(fix, `no fix for ${rule}`);
  ordered(finding);
  const after = applyEdits(text, fix.edits);
  const parsed = parser.parse(after);
  assert.equal(parsed.syntaxErrorAt, undefined, `broken after the fix:\n${after}`);
  const left = check(after, undefined, minConfidence).findings;
  const count = (list: readonly Finding[]): number => list.filter((f) => f.rule === rule).length;
  assert.equal(count(left), count(before) - 1, `still reported after the fix:\n${after}`);
  for (const other of new Set(left.map((f) => f.rule)))
    assert.ok(
      other === openedBy[rule] ||
        left.filter((f) => f.rule === other).length <= before.filter((f) => f.rule === other).length,
      `new ${other}:\n${after}`,
    );
  return after;
}

function ordered(finding: Finding): void {
  for (const fix of finding.fixes) {
    let end = -1;
    for (const edit of fix.edits) {
      assert.ok(edit.start >= end, 'edits overlap or are out of order');
      end = edit.end;
    }
  }
}
