/** `# perjoule: allow <rule>[, <rule>] (reason)`, and its file and block forms. */

import type { Comment } from '../python/nodes.ts';
import type { Finding, Problem, Span } from './finding.ts';

interface Suppression extends Span {
  readonly rules: readonly string[];
  /** Where findings are silenced: the start of a finding must lie inside. */
  readonly scope: Span;
  readonly used: Set<string>;
}

export interface Suppressions {
  readonly list: readonly Suppression[];
  readonly problems: readonly Problem[];
}

const form = /^#\s*perjoule:\s*(allow-file|begin-allow|end-allow|allow)\b[ \t:]*([^(#]*)/;

/** `resolve` turns an alias into the rule's name; undefined for a name that no rule has. */
export function readSuppressions(
  text: string,
  comments: readonly Comment[],
  resolve: (name: string) => string | undefined,
): Suppressions {
  const list: Suppression[] = [];
  const problems: Problem[] = [];
  const open: { at: Comment; rules: readonly string[] }[] = [];
  for (const comment of comments) {
    const match = form.exec(comment.text);
    if (match === null) continue;
    const [, kind, namesText] = match;
    const names = [...new Set((namesText ?? '').split(/[\s,]+/))].filter((n) => n !== '');
    const rules: string[] = [];
    for (const name of names) {
      const rule = resolve(name);
      if (rule !== undefined) rules.push(rule);
      else
        problems.push(
          problem(comment, 'unknownRule', `No rule is named "${name}", so this comment does nothing.`),
        );
    }
    if (kind === 'end-allow') {
      const index = open.findLastIndex((o) => names.length === 0 || rules.some((r) => o.rules.includes(r)));
      const begin = open[index];
      if (begin === undefined) {
        problems.push(
          problem(comment, 'staleSuppression', 'This ends an allowed block that was never begun.'),
        );
        continue;
      }
      open.splice(index, 1);
      list.push({
        ...span(begin.at),
        rules: begin.rules,
        scope: { start: begin.at.start, end: comment.end },
        used: new Set(),
      });
      continue;
    }
    if (rules.length === 0) {
      if (names.length === 0)
        problems.push(
          problem(comment, 'staleSuppression', 'This comment names no rule, so it allows nothing.'),
        );
      continue;
    }
    if (kind === 'begin-allow') open.push({ at: comment, rules });
    else if (kind === 'allow-file')
      list.push({ ...span(comment), rules, scope: { start: 0, end: text.length }, used: new Set() });
    else list.push({ ...span(comment), rules, scope: lineScope(text, comment), used: new Set() });
  }
  for (const begin of open) {
    problems.push(
      problem(
        begin.at,
        'staleSuppression',
        'This allowed block is never ended; it reaches to the end of the file.',
      ),
    );
    list.push({
      ...span(begin.at),
      rules: begin.rules,
      scope: { start: begin.at.start, end: text.length },
      used: new Set(),
    });
  }
  return { list, problems };
}

/** The line of the comment; when the comment stands alone, the next line that holds code. */
function lineScope(text: string, comment: Span): Span {
  const start = text.lastIndexOf('\n', comment.start - 1) + 1;
  let end = endOfLine(text, comment.end);
  if (text.slice(start, comment.start).trim() !== '') return { start, end };
  while (end < text.length) {
    const next = endOfLine(text, end + 1);
    const line = text.slice(end + 1, next).trim();
    end = next;
    if (line !== '' && !line.startsWith('#')) break;
  }
  return { start, end };
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

/** Leaves out what is allowed; a related place that is allowed is left out of its finding by the rule that made it. */
export function applySuppressions(findings: readonly Finding[], suppressions: Suppressions): Finding[] {
  return findings.filter((finding) => {
    let kept = true;
    for (const s of suppressions.list) {
      if (!s.rules.includes(finding.rule) || finding.start < s.scope.start || finding.start > s.scope.end)
        continue;
      s.used.add(finding.rule);
      kept = false;
    }
    return kept;
  });
}

/** Comments that silence nothing. Rules that did not run cannot tell, so they are not counted. */
export function staleSuppressions(suppressions: Suppressions, ran: ReadonlySet<string>): Problem[] {
  const out: Problem[] = [];
  for (const s of suppressions.list)
    for (const rule of s.rules)
      if (!s.used.has(rule) && ran.has(rule))
        out.push(
          problem(s, 'staleSuppression', `Nothing here is reported by "${rule}", so this comment can go.`),
        );
  return out;
}

function span(at: Span): Span {
  return { start: at.start, end: at.end };
}

function problem(at: Span, kind: Problem['kind'], message: string): Problem {
  return { ...span(at), kind, message };
}
