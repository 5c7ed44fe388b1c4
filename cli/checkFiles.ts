/** Reads, checks, fixes and reports. Everything the engine itself does not know: files, streams, exit status. */

import { stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Severity } from '../contracts/findings.ts';
import { applyEdits, safeEdits } from '../server/applyFixes.ts';
import type { CheckResult, Finding } from '../server/engine/finding.ts';
import { loadEngine } from '../server/loadEngine.ts';
import type { Engine } from '../server/lsp/engineDoor.ts';
import { readSource } from '../server/readSource.ts';
import { type DecodedSource, decodeSource, type SourceText } from '../server/sourceText.ts';
import type { CheckOptions, FailOn } from './check.ts';
import { findPythonFiles } from './pythonFiles.ts';
import { githubReport } from './report/github.ts';
import { jsonReport } from './report/json.ts';
import { Positions } from './report/positions.ts';
import {
  type CheckReport,
  type ReportedFinding,
  type ReportedProblem,
  reportedFinding,
  reportedProblem,
  unreadableProblem,
} from './report/report.ts';
import { sarifReport } from './report/sarif.ts';
import { textProblems, textReport } from './report/text.ts';

/** A fix may bring the next one to light, but a pair of fixes that undo each other must end. */
const mostFixPasses = 10;

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2, hint: 3 };
const reaches = (severity: Severity, bar: FailOn): boolean => bar !== 'never' && rank[severity] <= rank[bar];

/** Told to the user in one line; everything else is a fault of ours. */
class UsageError extends Error {}

function ruleFilter(engine: Engine, options: CheckOptions): (finding: Finding) => boolean {
  const nameOf = new Map(
    engine.rules.flatMap((rule) => [rule.name, ...rule.aliases].map((name) => [name, rule.name] as const)),
  );
  const resolved = (name: string): string => {
    const rule = nameOf.get(name);
    if (rule !== undefined) return rule;
    const all = engine.rules.map((known) => known.name).sort();
    throw new UsageError(`there is no rule “${name}”. Rules: ${all.join(', ')}.`);
  };
  const stable = engine.rules.filter((rule) => rule.stage === 'stable').map((rule) => rule.name);
  const selected = new Set(options.select?.map(resolved) ?? stable);
  const ignored = new Set(options.ignore?.map(resolved));
  return ({ rule }) => selected.has(rule) && !ignored.has(rule);
}

async function standardInput(): Promise<DecodedSource> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return decodeSource(Buffer.concat(chunks));
}

interface Input {
  readonly path: string;
  /** The command line names it; it was not merely found in a folder. */
  readonly named: boolean;
  read(): Promise<DecodedSource>;
  write?(source: SourceText, text: string): Promise<void>;
}

const fileInput = (path: string, named: boolean): Input => ({
  path,
  named,
  read: () => readSource(path),
  write: (source, text) => writeFile(path, source.byteOrderMark ? `\ufeff${text}` : text),
});

async function inputsOf(
  paths: readonly string[],
  options: CheckOptions,
): Promise<{ inputs: readonly Input[]; problems: readonly ReportedProblem[] }> {
  const inputs = new Map<string, Input>();
  const problems: ReportedProblem[] = [];
  for (const path of paths) {
    if (path === '-') {
      if (options.fix) throw new UsageError('--fix cannot change standard input. Name a file instead.');
      inputs.set(path, { path: options.stdinFilename ?? '-', named: true, read: standardInput });
      continue;
    }
    const status = await stat(path).catch((error: unknown) => {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      throw new UsageError(missing ? `there is no “${path}”.` : `“${path}” cannot be opened.`);
    });
    if (status.isDirectory()) {
      const found = await findPythonFiles(path);
      for (const file of found.files) if (!inputs.has(file)) inputs.set(file, fileInput(file, false));
      for (const folder of found.unreadable)
        problems.push(unreadableProblem(folder, 'The folder may not be listed.'));
    } else {
      inputs.set(path, fileInput(path, true));
    }
  }
  return { inputs: [...inputs.values()], problems };
}

/** Applies safe fixes until none is left; the text that remains and whether it changed. */
function fixed(
  check: (text: string) => CheckResult,
  text: string,
  wanted: (finding: Finding) => boolean,
): string {
  let current = text;
  for (let pass = 0; pass < mostFixPasses; pass += 1) {
    const edits = safeEdits(check(current).findings.filter(wanted));
    if (edits.length === 0) break;
    current = applyEdits(current, edits);
  }
  return current;
}

interface Checked {
  readonly checked: CheckReport;
  /** A path of the command line itself could not be read: the answer is not the one that was asked for. */
  readonly namedUnread: boolean;
}

async function report(engine: Engine, paths: readonly string[], options: CheckOptions): Promise<Checked> {
  const start = performance.now();
  const wanted = ruleFilter(engine, options);
  const { inputs, problems: unlisted } = await inputsOf(paths, options);
  const findings: ReportedFinding[] = [];
  const problems = [...unlisted];
  let namedUnread = unlisted.some(({ path }) => paths.includes(path));
  let notChecked = 0;
  let analysed = 0;
  let lines = 0;
  for (const input of inputs) {
    const source = await input.read();
    if ('unreadable' in source) {
      problems.push(unreadableProblem(input.path, source.unreadable));
      notChecked += 1;
      namedUnread ||= input.named;
      continue;
    }
    const checkOne = (text: string): CheckResult =>
      engine.check({ path: resolve(input.path), text, root: process.cwd() });
    let text = source.text;
    if (options.fix && input.write !== undefined) {
      text = fixed(checkOne, source.text, wanted);
      if (text !== source.text) {
        if (source.encoding === 'utf-8') await input.write(source, text);
        else {
          problems.push(
            unreadableProblem(input.path, `Only UTF-8 files are changed; this one is ${source.encoding}.`),
          );
          text = source.text;
        }
      }
    }
    const result = checkOne(text);
    const positions = new Positions(text);
    if (result.analysed) analysed += 1;
    lines += positions.lineCount;
    findings.push(
      ...result.findings.filter(wanted).map((finding) => reportedFinding(input.path, positions, finding)),
    );
    problems.push(...result.problems.map((problem) => reportedProblem(input.path, positions, problem)));
  }
  const ms = Math.round((performance.now() - start) * 10) / 10;
  const stats = { files: inputs.length, notChecked, notListed: unlisted.length, analysed, lines, ms };
  return { checked: { findings, problems, stats }, namedUnread };
}

function writeOut(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((done, failed) => {
    // Without a listener a reader that went away would end the process with a stack trace.
    stream.once('error', failed);
    stream.write(text, (error) => {
      if (error) return failed(error);
      stream.off('error', failed);
      done();
    });
  });
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

export async function check(
  paths: readonly string[],
  options: CheckOptions,
  version: string,
): Promise<number> {
  try {
    const engine = await loadEngine();
    const { checked, namedUnread } = await report(engine, paths, options);
    await print(checked, engine, options, version);
    if (namedUnread || checked.problems.some((problem) => problem.kind === 'ruleFailed')) return 2;
    return checked.findings.some((finding) => reaches(finding.severity, options.failOn)) ? 1 : 0;
  } catch (error) {
    // The reader went away (`| head`): that is not a fault.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    const text = error instanceof UsageError ? error.message : `internal problem: ${String(error)}`;
    await writeOut(process.stderr, `perjoule check: ${text}\n`);
    return 2;
  }
}
