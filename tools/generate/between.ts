/** Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->` of a file; all else is by hand. */
export function between(text: string, file: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} lacks the markers ${begin} and ${end}`);
  return [text.slice(0, from + begin.length), '', ...lines, text.slice(to)].join('\n');
}
