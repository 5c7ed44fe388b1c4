/**
 * How much of a function's text is still the one that somebody spoke of. Its lines are kept as hashes, without blank
 * lines, indentation and comments on lines of their own: formatting, moving and commenting it change nothing.
 */

import { hash64 } from '../engine/regionHash.ts';

/** Hashes kept: all of a function of so many different lines, the smallest of a longer one, which are a fair sample. */
const mostLines = 96;

/**
 * Share of the lines, of both texts together, that must be in both. One line in three rewritten, or as many added as there
 * were, is another function: who dismissed a hint has not seen that code. A stricter bound would bring hints back for every
 * touch, a looser one would hide them in code that nobody looked at.
 */
const sameShare = 0.5;

export function functionPrint(text: string): readonly string[] {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return [...new Set(lines.map(hash64))].sort().slice(0, mostLines);
}

/** What holds of the smallest hashes of both texts, a fair sample of their lines, holds of the lines. */
export function isSameFunction(a: readonly string[], b: readonly string[]): boolean {
  const [inA, inB] = [new Set(a), new Set(b)];
  const both = [...new Set([...a, ...b])].sort();
  const whole = a.length < mostLines && b.length < mostLines;
  const lines = whole ? both : both.slice(0, mostLines);
  return lines.filter((line) => inA.has(line) && inB.has(line)).length >= sameShare * lines.length;
}
