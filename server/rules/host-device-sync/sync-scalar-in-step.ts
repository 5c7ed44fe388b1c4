/** Numbers read from the GPU on every step only to be logged, printed or summed. */

import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { ConsumerFinder } from '../../python/consumers.ts';
import type { Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { copiesArray, type DeviceRead, deviceReads, drainsQueue, givesWork } from './deviceReads.ts';
import { syncFix } from './syncFix.ts';

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
      one: 'The host waits for the GPU in every step to read {what}, which is only recorded; keep it on the device and read it every N steps.',
      many: 'The host waits for the GPU {count} times in every step to read {what}, which are only recorded; keep them on the device and read them every N steps.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const reported = new Set<Expr>();
  for (const region of program.regions) checkRegion(context, region, reported);
}

interface Site {
  readonly read: DeviceRead;
  /** How many facts are only likely. */
  readonly doubts: number;
}

function checkRegion(context: RuleContext, region: StepRegion, reported: Set<Expr>): void {
  const { program } = context;
  const sites = findSites(program, region).filter((s) => !reported.has(s.read.expr));
  const first = sites[0];
  if (first === undefined) return;
  for (const s of sites) reported.add(s.read.expr);
  const doubts = Math.min(...sites.map((s) => s.doubts));
  const names = [...new Set(sites.map((s) => readable(program, s.read)))];
  const last = sites.length === 1 && isLastStatement(program, region, first.read.expr);
  context.report({
    start: first.read.expr.start,
    end: first.read.expr.end,
    message: sites.length === 1 ? 'one' : 'many',
    data: { count: sites.length, what: listed(names) },
    confidence: doubts === 0 ? 'certain' : doubts === 1 ? 'likely' : 'possible',
    ...(last ? { severity: 'information' as const } : {}),
    related: sites.slice(1).map((s) => ({
      start: s.read.expr.start,
      end: s.read.expr.end,
      message: `The host waits here too, for ${readable(program, s.read)}.`,
    })),
    region: region.root,
    fixes: syncFix(
      program,
      region,
      sites.map((s) => s.read),
    ),
  });
}

function findSites(program: Program, region: StepRegion): Site[] {
  const sites: Site[] = [];
  const seen = new Set<Expr>();
  let empty = false;
  for (const visit of region.visits) {
    // After a wait that has to be, a further read costs next to nothing.
    if (drainsQueue(program, visit)) return sites;
    if (visit.guard === 'cadence') continue;
    if (givesWork(program, visit)) empty = false;
    else if (copiesArray(program, visit)) empty = true;
    if (empty) continue;
    for (const read of deviceReads(program, visit)) {
      if (seen.has(read.expr)) continue;
      seen.add(read.expr);
      const consumers = ConsumerFinder.of(program, region, read.expr);
      if (consumers.needed !== undefined) {
        if (consumers.needed !== 'result unused') return sites;
        continue;
      }
      // Whole tensors are another rule's matter, and so are reads per element.
      if (!read.scalar || inComprehension(program, read.expr)) continue;
      if (visit.inner && read.tensor.kind === 'Subscript') continue;
      const doubts =
        (read.device === 'yes' ? 0 : 1) +
        (visit.guard === 'flag' ? 1 : 0) +
        (read.assumed && !hasItem(read) ? 1 : 0);
      if (read.device !== 'yes' && program.cuda === 'no') continue;
      sites.push({ read, doubts });
    }
  }
  return sites;
}

function hasItem(read: DeviceRead): boolean {
  return (
    read.expr.kind === 'Call' && read.expr.callee.kind === 'Attribute' && read.expr.callee.name === 'item'
  );
}

/** A read for each element of something has another remedy: one copy of the whole. */
function inComprehension(program: Program, expr: Expr): boolean {
  for (let up = program.parents.get(expr); up !== undefined; up = program.parents.get(up)) {
    if (up.kind === 'Comprehension') return up.form !== 'dict';
    if (up.kind === 'Expr' || up.kind === 'Assign' || up.kind === 'AugAssign') return false;
  }
  return false;
}

function isLastStatement(program: Program, region: StepRegion, expr: Expr): boolean {
  const statement = program.statementOf(expr);
  return statement !== undefined && region.body.body.at(-1) === statement;
}

/** `loss` for `loss.item()`; a longer expression by its text. */
function readable(program: Program, read: DeviceRead): string {
  const text = program.textOf(read.tensor).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((n) => `"${n}"`);
  if (names.length > 3) shown.push(`${names.length - 3} more`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
