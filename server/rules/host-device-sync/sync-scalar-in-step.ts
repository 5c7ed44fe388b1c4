/** Numbers read from the GPU on every step only to be logged, printed or summed. */

import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Program } from '../../python/program.ts';
import { readsElse, stepInSight } from '../../python/stepInSight.ts';
import { readsReport } from './readsReport.ts';
import { type RecordedStep, recordedSteps } from './recordedReads.ts';

export const rule: Rule = {
  meta: {
    name: 'sync-scalar-in-step',
    aliases: [],
    family: 'host-device-sync',
    stage: 'stable',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'hostSync',
    summary: 'A number is read from the GPU on every step although it is only logged, printed or summed.',
    why: 'The processor hands the GPU work ahead of time; to read a number it must wait until all of that work is done, and the GPU then idles until new work arrives.',
    evidence:
      'Reported by others, not measured here: 1.18 times faster after removing 276 of 348 reads (fairchem#2193); less than 1 % where the GPU was busy anyway (LANfactory#120).',
    messages: {
      one: 'The host waits for the GPU {step} to read {what}, which is only recorded; keep it on the device and read it every N steps.',
      many: 'The host waits for the GPU {count} times {step} to read {what}, which {are} only recorded; keep {them} on the device and read {them} every N steps.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  for (const step of recordedSteps(program)) {
    const report = step.onlyShown ? undefined : readsReport(program, step);
    if (report === undefined) continue;
    const confidence = isInSight(program, step) ? report.confidence : 'possible';
    const severity = isLastStatement(program, step) ? 'information' : rule.meta.severity;
    context.report({ ...report, confidence, severity });
  }
}

/** The only read closes the step: the next one has little to hand over yet. */
function isLastStatement(program: Program, { region, sites }: RecordedStep): boolean {
  const only = sites.length === 1 ? sites[0] : undefined;
  const statement = only === undefined ? undefined : program.statementOf(only.read.expr);
  return statement !== undefined && region.body.body.at(-1) === statement;
}

/**
 * Marked is a read of a step that is known to wait for nothing else: what else it reads is named here too, and of all that it
 * runs it is known that it does not wait. Everywhere else taking out the read may leave the step as long as it was.
 */
function isInSight(program: Program, { region, sites }: RecordedStep): boolean {
  const named = new Set(sites.map(({ read }) => read.expr));
  return (
    sites.some(({ read }) => read.visit.guard === 'none') &&
    !region.visits.some((visit) => !visit.seldom && readsElse(program, visit, named)) &&
    stepInSight(program, region)
  );
}
