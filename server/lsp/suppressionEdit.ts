import type { TextEdit } from '../engine/finding.ts';

/** What a line ends in, as far as a comment behind it is concerned. */
interface LineEnd {
  /** Offset of the comment on the line, if it has one. */
  readonly comment: number | undefined;
  /** The line ends inside a string or in a continuation: nothing can be written behind it. */
  readonly closed: boolean;
}

/** An allow comment with its names; a reason may follow. */
const allowComment = /^#\s*perjoule:\s*allow[ \t:]+[\w-]+(?:[ \t,]+[\w-]+)*/;

/** Follows strings and comments from the start of the file to the end of one line. */
function lineEndAt(text: string, lineStart: number, lineEnd: number): LineEnd {
  let quote = '';
  let comment: number | undefined;
  for (let at = 0; at < lineEnd; at += 1) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === '\\') at += text.startsWith('\r\n', at + 1) ? 2 : 1;
      else if (text.startsWith(quote, at)) {
        at += quote.length - 1;
        quote = '';
      } else if (quote.length === 1 && (character === '\n' || character === '\r')) quote = '';
      continue;
    }
    if (character === '#') {
      if (at >= lineStart) comment = at;
      while (at < lineEnd && text[at] !== '\n' && text[at] !== '\r') at += 1;
    } else if (character === '"' || character === "'") {
      const triple = character.repeat(3);
      quote = text.startsWith(triple, at) ? triple : character;
      at += quote.length - 1;
    }
  }
  const continued = comment === undefined && text.slice(lineStart, lineEnd).endsWith('\\');
  return { comment, closed: quote !== '' || continued };
}

function lineBounds(text: string, offset: number): { start: number; end: number } {
  let start = offset;
  while (start > 0 && text[start - 1] !== '\n' && text[start - 1] !== '\r') start -= 1;
  let end = offset;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { start, end };
}

/** The end of the names, where the comment is an allow comment. */
function endOfNames(text: string, comment: number, lineEnd: number): number | undefined {
  const allow = allowComment.exec(text.slice(comment, lineEnd));
  return allow === null ? undefined : comment + allow[0].length;
}

/** A comment that allows the rule on the line of the offset; undefined where there is no room for one. */
export function suppressionEdit(text: string, offset: number, rule: string): TextEdit | undefined {
  const line = lineBounds(text, offset);
  const { comment, closed } = lineEndAt(text, line.start, line.end);
  if (comment !== undefined) {
    const end = endOfNames(text, comment, line.end);
    // An allow comment must be a comment of its own: behind another one it would be part of that.
    return end === undefined ? lineAbove(text, line.start, rule) : { start: end, end, text: `, ${rule}` };
  }
  if (closed) return lineAbove(text, line.start, rule);
  const trailing = /[ \t]*$/.exec(text.slice(line.start, line.end))?.[0].length ?? 0;
  return { start: line.end - trailing, end: line.end, text: `  # perjoule: allow ${rule}` };
}

/** A comment that stands alone counts for the next line of code, unless that place is inside a string or continuation. */
function lineAbove(text: string, start: number, rule: string): TextEdit | undefined {
  if (start > 0) {
    const before = lineBounds(text, text.startsWith('\r\n', start - 2) ? start - 2 : start - 1);
    const { comment, closed } = lineEndAt(text, before.start, before.end);
    if (closed) return undefined;
    const alone = comment !== undefined && text.slice(before.start, comment).trim() === '';
    const end = alone ? endOfNames(text, comment, before.end) : undefined;
    if (end !== undefined) return { start: end, end, text: `, ${rule}` };
  }
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return { start, end: start, text: `${indent}# perjoule: allow ${rule}${newline}` };
}
