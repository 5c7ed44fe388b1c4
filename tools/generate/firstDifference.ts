const SHOWN_LINES = 6;

/** The first place where two texts part, a few lines of each: enough to see what changed, short enough to read. */
export function firstDifference(present: string, wanted: string): string {
  const [have, want] = [present.split('\n'), wanted.split('\n')];
  let at = 0;
  while (at < have.length && at < want.length && have[at] === want[at]) at += 1;
  const show = (sign: string, lines: string[]): string[] =>
    lines.slice(at, at + SHOWN_LINES).map((line) => `  ${sign} ${line}`);
  return [`  line ${at + 1}:`, ...show('-', have), ...show('+', want)].join('\n');
}
