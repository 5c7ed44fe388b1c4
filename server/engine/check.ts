/** The checker's entry: text in, findings out. Pure and synchronous once the parser is loaded; never throws. */

import type { Confidence, Severity } from '../../contracts/findings.ts';
import { namesGpuFramework } from '../python/frameworks.ts';
import type { PythonParser } from '../python/parser.ts';
import { analyse, type Program } from '../python/program.ts';
import type { Assumptions } from './configuration.ts';
import type { CheckResult, Finding, FunctionSpan, Problem, Related, Span } from './finding.ts';
import { RegionHashes } from './regionHash.ts';
import type { Report, Rule } from './rule.ts';
import { applySuppressions, readSuppressions, staleSuppressions } from './suppressions.ts';

export interface CheckOptions {
  /** Rules to run although they are preview, or to leave out. Without it: all rules given. */
  readonly disabled?: ReadonlySet<string>;
  /** Findings below this are left out. */
  readonly minConfidence?: Confidence;
  /** Folder that paths are judged from: a folder named `tests` above the project says nothing about it. */
  readonly root?: string;
  /** What the user says about the machine. */
  readonly assume?: Assumptions;
}

export interface CheckInput {
  readonly parser: PythonParser;
  readonly path: string;
  readonly text: string;
  readonly rules: readonly Rule[];
  readonly options?: CheckOptions;
}

/** Milliseconds by rule name, and `parse` and `facts`; filled in when a clock is given. */
export type Timings = Map<string, number>;

const confidenceRank: Readonly<Record<Confidence, number>> = { possible: 0, likely: 1, certain: 2 };
const severityOrder: readonly Severity[] = ['hint', 'information', 'warning', 'error'];

/** Checks one file. The clock is passed in because the engine reads none. */
export function checkText(input: CheckInput, clock?: { now(): number; timings: Timings }): CheckResult {
  if (!namesGpuFramework(input.text)) return { findings: [], problems: [], analysed: false };
  try {
    const started = clock?.now() ?? 0;
    const program = analyse(input.parser.parse(input.text), {
      path: input.path,
      ...(input.options?.root === undefined ? {} : { root: input.options.root }),
    });
    clock?.timings.set('facts', clock.now() - started);
    return checkProgram(program, input, clock);
  } catch (error) {
    return { findings: [], problems: [failed('The file could not be analysed', error)], analysed: false };
  }
}

/** Runs the rules over a program that is already analysed: what a cache by text version calls. */
export function checkProgram(
  program: Program,
  input: Pick<CheckInput, 'rules' | 'options'>,
  clock?: { now(): number; timings: Timings },
): CheckResult {
  const text = program.text;
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const hashes = new RegionHashes(text);
  const ran = new Set<string>();
  const least = confidenceRank[input.options?.minConfidence ?? 'likely'];
  for (const rule of input.rules) {
    const { name } = rule.meta;
    if (input.options?.disabled?.has(name)) continue;
    const started = clock?.now() ?? 0;
    const own: Finding[] = [];
    try {
      rule.check({
        program,
        text,
        assume: input.options?.assume ?? {},
        report: (report) => own.push(toFinding(rule, report, program, hashes)),
      });
      for (const finding of own) findings.push(finding);
      ran.add(name);
    } catch (error) {
      problems.push(failed(`The rule "${name}" failed on this file and was left out`, error));
    }
    clock?.timings.set(name, clock.now() - started);
  }
  const names = new Map<string, string>();
  for (const { meta } of input.rules) for (const n of [meta.name, ...meta.aliases]) names.set(n, meta.name);
  const suppressions = readSuppressions(text, program.module.comments, (n) => names.get(n));
  // Only then those that are too unsure: a comment for one of them is not stale, whoever asks for how much.
  const kept = applySuppressions(findings, suppressions)
    .filter(({ confidence }) => confidenceRank[confidence] >= least)
    .sort((a, b) => a.start - b.start || a.rule.localeCompare(b.rule));
  const functions = kept.length === 0 ? {} : { functions: functionSpans(program) };
  // Spread into a list, never into the arguments of a call: a generated file can hold more than those may be.
  const told = [
    ...problems,
    ...syntaxErrors(program.module.syntaxErrorAt),
    ...suppressions.problems,
    ...staleSuppressions(suppressions, ran),
  ];
  return { findings: kept, problems: told, analysed: true, ...functions };
}

/** Of a text that is not analysed because nothing in it could lie on a GPU: only whether Python would run it. */
export function syntaxProblems(parser: PythonParser, text: string): readonly Problem[] {
  try {
    return syntaxErrors(parser.parse(text).syntaxErrorAt);
  } catch (error) {
    return [failed('The file could not be parsed', error)];
  }
}

function syntaxErrors(at: number | undefined): Problem[] {
  const message = 'The file has a syntax error here; what stands around it was not checked.';
  return at === undefined ? [] : [{ start: at, end: at, kind: 'syntaxError', message }];
}

function functionSpans(program: Program): FunctionSpan[] {
  return program.machine.scopes.functions.map(({ node, qualifiedName }) => ({
    name: qualifiedName,
    start: node.start,
    end: node.end,
  }));
}

function toFinding(rule: Rule, report: Report, program: Program, hashes: RegionHashes): Finding {
  const template = rule.meta.messages[report.message];
  if (template === undefined) throw new Error(`no message "${report.message}"`);
  const data: Report['data'] = { step: stepOf(program, report.region), ...report.data };
  const message = template.replace(/\{(\w+)\}/g, (_, key: string) => String(data[key] ?? ''));
  let severity = report.severity ?? rule.meta.severity;
  // In folders of examples the waste is real but small: one level lower.
  if (program.role.example)
    severity = severityOrder[Math.max(0, severityOrder.indexOf(severity) - 1)] ?? severity;
  return {
    start: report.start,
    end: report.end,
    rule: rule.meta.name,
    message,
    severity,
    confidence: report.confidence,
    ...(report.confidenceInRuns === undefined ? {} : { confidenceInRuns: report.confidenceInRuns }),
    fixes: report.fixes ?? [],
    related: [...(report.related ?? []), ...callSites(program, report.region)],
    region: { start: report.region.start, end: report.region.end },
    regionHash: hashes.of(report.region),
    wasteKind: rule.meta.wasteKind,
  };
}

/** The step by name where a framework makes it: nobody sees the loop around such a method. */
function stepOf(program: Program, region: Span): string {
  const step = program.regions.find((r) => r.root === region);
  const called = step?.hook?.of.called ?? step?.part?.called;
  if (called === undefined || step?.owner === undefined) return 'in every step';
  return `in every "${step.owner.name}" of ${called}`;
}

/** Where steps of other files call the function that a finding is about. */
function callSites(program: Program, region: Span): Related[] {
  const calls = program.regions.find((r) => r.root === region)?.calledFrom ?? [];
  return calls.map(({ from, role }) => ({
    ...from,
    message: `The ${role === 'train' ? 'training step' : 'evaluation'} here calls it for each batch.`,
  }));
}

export function failed(what: string, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return { start: 0, end: 0, kind: 'ruleFailed', message: `${what} (${reason}).` };
}
