import type { Severity } from '../../contracts/findings.ts';
import { type CheckReport, placeText, type ReportedFinding } from './report.ts';

/** More than this of a long line is cut off around the finding. */
const widestLine = 100;

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'blue' | 'cyan';
type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, yellow: 33, blue: 34, cyan: 36 };
const coloured: Paint = (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;
const plain: Paint = (_, text) => text;

const severityStyle: Readonly<Record<Severity, Style>> = {
  error: 'red',
  warning: 'yellow',
  information: 'blue',
  hint: 'dim',
};

/** Neither a file name nor a line of code may move the cursor or change colours of the terminal. */
const harmless = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');

/** Columns that a character takes in a terminal; near enough to put a caret under it. */
function width(character: string): number {
  if (/^\p{M}$/u.test(character)) return 0;
  return /^[\p{Extended_Pictographic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]$/u.test(
    character,
  ) && character > '\u2000'
    ? 2
    : 1;
}
const widthOf = (characters: readonly string[]): number =>
  characters.reduce((sum, character) => sum + width(character), 0);

function excerpt(finding: ReportedFinding, paint: Paint): string {
  // Columns are counted in the line as it is, so a tab is widened only after the line has been cut.
  const characters = [...finding.sourceLine];
  const start = finding.column - 1;
  const end = finding.endLine === finding.line ? finding.endColumn - 1 : characters.length;
  const from = characters.length <= widestLine ? 0 : Math.max(0, Math.min(start - 20, characters.length));
  const to = Math.min(characters.length, from + widestLine);
  const shown = (piece: readonly string[]): string[] => [
    ...harmless(piece.map((c) => (c === '\t' ? '    ' : c)).join('')),
  ];
  const before = shown(characters.slice(from, start));
  const marked = shown(characters.slice(start, Math.min(end, to)));
  const after = shown(characters.slice(Math.min(end, to), to));
  const line = [...before, ...marked, ...after].join('');
  const gutter = String(finding.line).padStart(5);
  const left = from > 0 ? '…' : '';
  const right = to < characters.length ? '…' : '';
  const caret = '^'.repeat(Math.max(1, widthOf(marked)));
  return [
    `${paint('dim', `${gutter} |`)} ${left}${line}${right}`,
    `${paint('dim', '      |')} ${' '.repeat(left.length + widthOf(before))}${paint(severityStyle[finding.severity], caret)}`,
  ].join('\n');
}

function block(finding: ReportedFinding, paint: Paint): string {
  const place = harmless(`${finding.path}:${placeText(finding)}`);
  const severity = paint(severityStyle[finding.severity], finding.severity);
  const confidence = finding.confidence === 'certain' ? '' : paint('dim', ` (${finding.confidence})`);
  const fix = finding.fixes[0];
  const lines = [
    `${paint('bold', place)} ${severity} ${paint('cyan', finding.rule)}${confidence}`,
    `  ${harmless(finding.message)}`,
    excerpt(finding, paint),
  ];
  for (const related of finding.related)
    lines.push(
      `  ${paint('dim', 'see')} ${harmless(`${related.path}:${placeText(related)} ${related.message}`)}`,
    );
  if (fix !== undefined) {
    lines.push(`  ${paint('dim', 'fix')} ${harmless(fix.title)} ${paint('dim', `(${fix.safety})`)}`);
    if (fix.caveat !== undefined) lines.push(paint('dim', `      ${harmless(fix.caveat)}`));
  }
  return `${lines.join('\n')}\n`;
}

const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount.toLocaleString('en-US')} ${amount === 1 ? one : many}`;

const wereNot = (amount: number, one: string): string =>
  `${count(amount, one)} ${amount === 1 ? 'was' : 'were'} not`;

/** What `--fix` did, and what it leaves to a person. */
function fixSummary({ findings, filesFixed }: CheckReport): string {
  if (filesFixed === undefined) return '';
  const changed = filesFixed === 0 ? 'No file was changed' : `${count(filesFixed, 'file')} changed`;
  const left = findings.filter((finding) => finding.fixes.some((fix) => fix.safety === 'suggestion')).length;
  if (left === 0) return filesFixed === 0 ? `${changed}: there is no safe fix.\n` : `${changed}.\n`;
  const offer = left === 1 ? '1 finding has a suggestion' : `${left} findings have a suggestion`;
  return `${changed}: ${offer}, which --fix leaves to a person. Take it in the editor: Quick Fix on the line.\n`;
}

function baselineSummary({ baseline }: CheckReport): string {
  if (baseline === undefined) return '';
  const gone =
    baseline.gone === 0
      ? ''
      : ` ${baseline.gone} of its entries ${baseline.gone === 1 ? 'matches' : 'match'} nothing any more; write it again with --write-baseline.`;
  return `${count(baseline.known, 'finding')} left out: the baseline knows ${baseline.known === 1 ? 'it' : 'them'}.${gone}\n`;
}

function summary({ findings, stats }: CheckReport): string {
  const checked = stats.files - stats.notChecked;
  const files = count(checked, 'file');
  const missed = [
    stats.notChecked === 0 ? '' : ` ${wereNot(stats.notChecked, 'file')} checked.`,
    stats.notListed === 0 ? '' : ` ${wereNot(stats.notListed, 'folder')} searched.`,
  ].join('');
  if (findings.length === 0) return `No findings in ${files}.${missed}\n`;
  const severities: readonly Severity[] = ['error', 'warning', 'information', 'hint'];
  const words: Readonly<Record<Severity, string>> = {
    error: 'error',
    warning: 'warning',
    information: 'information',
    hint: 'hint',
  };
  const parts = severities.flatMap((severity) => {
    const amount = findings.filter((finding) => finding.severity === severity).length;
    if (amount === 0) return [];
    return [severity === 'information' ? `${amount} information` : count(amount, words[severity])];
  });
  const fixable = findings.filter(
    // A notebook is left as it is.
    ({ cell, fixes }) => cell === null && fixes.some((fix) => fix.safety === 'safe'),
  ).length;
  const hit = new Set(findings.map((finding) => finding.path)).size;
  const where = hit === checked ? files : `${hit} of ${files}`;
  const repair = fixable === 0 ? '' : ` ${fixable} can be fixed with --fix.`;
  return `${count(findings.length, 'finding')} in ${where}: ${parts.join(', ')}.${repair}${missed}\n`;
}

export interface TextOptions {
  readonly colour: boolean;
  readonly stats: boolean;
}

export function textReport(report: CheckReport, { colour, stats }: TextOptions): string {
  const paint = colour ? coloured : plain;
  const { files, notChecked, analysed, lines, ms } = report.stats;
  return [
    ...report.findings.map((finding) => `${block(finding, paint)}\n`),
    paint('bold', summary(report).trimEnd()),
    '\n',
    fixSummary(report),
    baselineSummary(report),
    stats
      ? `${count(files - notChecked, 'file')} read, ${analysed.toLocaleString('en-US')} analysed, ${count(lines, 'line')}, ${ms.toFixed(0)} ms.\n`
      : '',
  ].join('');
}

/** For the error stream: what stood in the way of a whole check. */
export function textProblems(report: CheckReport): string {
  return report.problems
    .map((problem) => `${harmless(`${problem.path}:${placeText(problem)}: ${problem.message}`)}\n`)
    .join('');
}
