/** Reads, checks, fixes and reports. Everything the engine itself does not know: files, streams, exit status. */

import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Severity } from '../contracts/findings.ts';
import { applyEdits, safeEdits } from '../server/applyFixes.ts';
import { assumptionsOf, effective, type Layer, rulesOff } from '../server/engine/configuration.ts';
import type { CheckResult, Finding } from '../server/engine/finding.ts';
import { loadEngine } from '../server/loadEngine.ts';
import type { Engine } from '../server/lsp/engineDoor.ts';
import { isUnread, problemsOfNamed } from '../server/namedFile.ts';
import { ProjectFiles } from '../server/projectFiles.ts';
import { Baseline, writeBaseline } from './baseline.ts';
import type { CheckOptions, FailOn } from './check.ts';
import { CheckedFiles } from './checkedFiles.ts';
import { checkInputs } from './checkInputs.ts';
import { displayPath } from './displayPath.ts';
import { githubReport } from './report/github.ts';
import { jsonReport } from './report/json.ts';
import { Positions } from './report/positions.ts';
import {
  type CheckReport,
  type ReportedFinding,
  reportedFinding,
  reportedProblem,
  unreadableProblem,
} from './report/report.ts';
import { sarifReport } from './report/sarif.ts';
import { textProblems, textReport } from './report/text.ts';
import { commandLineLayer } from './ruleOptions.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';
import { readerIsGone, writeOut } from './writeOut.ts';

/** A fix may bring the next one to light, but a pair of fixes that undo each other must end. */
const mostFixPasses = 10;

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2, hint: 3 };
const reaches = (severity: Severity, bar: FailOn): boolean => bar !== 'never' && rank[severity] <= rank[bar];

/** One file's checker: the rules that are on for it, with the severities that hold for it. */
type FileCheck = (text: string) => CheckResult;

async function checkFor(
  engine: Engine,
  files: CheckedFiles,
  projects: ProjectFiles,
  commandLine: Layer,
  path: string,
): Promise<FileCheck> {
  const settings = effective(engine.rules, [...(await projects.layersFor(path)), commandLine]);
  const disabled = rulesOff(settings);
  const assume = assumptionsOf(settings);
  return (text) => {
    const result = files.check(text, { path, root: process.cwd(), disabled, assume });
    const findings = result.findings.map((finding): Finding => {
      const severity = settings.rules.get(finding.rule)?.severity.value;
      return severity === undefined ? finding : { ...finding, severity };
    });
    return { ...result, findings };
  };
}

/** Applies safe fixes until none is left. */
function fixed(check: FileCheck, text: string): string {
  let current = text;
  for (let pass = 0; pass < mostFixPasses; pass += 1) {
    const edits = safeEdits(check(current).findings);
    if (edits.length === 0) break;
    current = applyEdits(current, edits);
  }
  return current;
}

interface Checked {
  readonly checked: CheckReport;
  /** A path of the command line itself could not be read: the answer is not the one that was asked for. */
  readonly namedUnread: boolean;
  /** As reports name them. */
  readonly paths: readonly string[];
}

/**
 * `mayRead`: whether a file that was not named may be read, in a folder, as an import or for settings.
 * @throws UsageError
 */
export async function checkedReport(
  engine: Engine,
  paths: readonly string[],
  options: CheckOptions,
  mayRead: (path: string) => boolean = () => true,
): Promise<Checked> {
  const start = performance.now();
  const commandLine = commandLineLayer(options, engine.rules);
  const projects = new ProjectFiles(engine.rules, () => undefined, mayRead);
  const { inputs, unchanged, problems: unlisted } = await checkInputs(paths, options, mayRead);
  const files = new CheckedFiles(engine, inputs, unchanged, options.fix !== true, mayRead);
  const findings: ReportedFinding[] = [];
  const problems = [...unlisted];
  let namedUnread = unlisted.some(({ path }) => paths.includes(path));
  let notChecked = 0;
  let analysed = 0;
  let lines = 0;
  let filesFixed = 0;
  for (const [input, source] of await files.readAll()) {
    if ('unreadable' in source) {
      problems.push(unreadableProblem(input.path, source.unreadable));
      notChecked += 1;
      namedUnread ||= input.named;
      continue;
    }
    const checkOne = await checkFor(engine, files, projects, commandLine, resolve(input.path));
    let text = source.text;
    if (options.fix && input.write !== undefined) {
      text = fixed(checkOne, source.text);
      if (text !== source.text) {
        if (source.encoding === 'utf-8') {
          await input.write(source, text);
          filesFixed += 1;
        } else {
          problems.push(
            unreadableProblem(input.path, `Only UTF-8 files are changed; this one is ${source.encoding}.`),
          );
          text = source.text;
        }
      }
    }
    const result = checkOne(text);
    const positions = new Positions(text, source.cells);
    if (result.analysed) analysed += 1;
    lines += positions.lineCount;
    for (const finding of result.findings)
      findings.push(reportedFinding(input.path, positions, finding, (path) => files.other(path)));
    const told = input.named ? problemsOfNamed(engine, input.path, result, text) : result.problems;
    for (const problem of told) problems.push(reportedProblem(input.path, positions, problem));
    if (told.some(({ kind }) => kind === 'unreadable')) notChecked += 1;
    namedUnread ||= input.named && told.some(isUnread);
  }
  for (const file of projects.files) {
    const positions = new Positions(file.text);
    const shown = displayPath(file.path);
    problems.push(...file.problems.map((problem) => reportedProblem(shown, positions, problem)));
  }
  const ms = Math.round((performance.now() - start) * 10) / 10;
  const stats = { files: inputs.length, notChecked, notListed: unlisted.length, analysed, lines, ms };
  return {
    checked: { findings, problems, stats, ...(options.fix ? { filesFixed } : {}) },
    namedUnread,
    paths: inputs.map(({ path }) => path),
  };
}

/** Leaves out what the baseline knows. */
async function judged(file: string, { checked, paths }: Checked): Promise<CheckReport> {
  const baseline = await Baseline.read(file);
  const { fresh, known, gone } = baseline.judge(checked.findings, paths);
  return { ...checked, findings: fresh, baseline: { known, gone } };
}

async function print(
  checked: CheckReport,
  engine: Engine,
  options: CheckOptions,
  version: string,
): Promise<void> {
  const { stdout, stderr } = process;
  const stats = options.stats === true;
  if (options.format === 'json') return writeOut(stdout, jsonReport(checked));
  if (options.format === 'sarif')
    return writeOut(stdout, sarifReport(checked, { version, rules: engine.rules }));
  if (options.format === 'github') await writeOut(stdout, githubReport(checked));
  else {
    const colour = stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
    await writeOut(stderr, textProblems(checked));
    return writeOut(stdout, textReport(checked, { colour, stats }));
  }
  if (stats) await writeOut(stderr, `${JSON.stringify(checked.stats)}\n`);
}

/** Faults that make the answer another one than was asked for. */
const isFault = ({ kind }: { readonly kind: string }): boolean =>
  kind === 'ruleFailed' || kind === 'configuration';

/** @returns the exit status. @throws UsageError */
export async function check(
  paths: readonly string[],
  options: CheckOptions,
  version: string,
): Promise<number> {
  if (options.baseline !== undefined && options.writeBaseline !== undefined)
    throw new UsageError('--baseline and --write-baseline exclude each other; leave one of them out.');
  // Most of what a file's analysis makes dies with it: a larger space for new objects was 100 MB more for the same time.
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    const engine = await loadEngine();
    const all = await checkedReport(engine, paths, options);
    const fault = all.namedUnread || all.checked.problems.some(isFault) ? 2 : undefined;
    if (options.writeBaseline !== undefined) {
      await writeBaseline(options.writeBaseline, all.checked.findings);
      await writeOut(process.stderr, textProblems(all.checked));
      const { length } = all.checked.findings;
      const written = `${length} ${length === 1 ? 'finding' : 'findings'} written to ${options.writeBaseline}.`;
      await writeOut(process.stdout, `${plain(written)}\n`);
      return fault ?? 0;
    }
    const checked = options.baseline === undefined ? all.checked : await judged(options.baseline, all);
    await print(checked, engine, options, version);
    return fault ?? (checked.findings.some(({ severity }) => reaches(severity, options.failOn)) ? 1 : 0);
  } catch (error) {
    if (readerIsGone(error)) return 0;
    throw error;
  }
}
