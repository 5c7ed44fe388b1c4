/** The memory cache of the device is given back on every step, only to be asked for again. */

import { confidenceOf } from '../../engine/confidence.ts';
import { deletionFix } from '../../engine/deletionFix.ts';
import { lineEnd, siblingsOf } from '../../engine/edits.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Call, Expr, Node, Stmt } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { dottedName, visit } from '../../python/walk.ts';

export const rule: Rule = {
  meta: {
    name: 'empty-cache-in-step',
    aliases: [],
    family: 'memory',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: null,
    summary: 'The cached GPU memory is given back on every step, and asked for again in the next one.',
    why: 'PyTorch keeps freed GPU memory to hand it out again at once; emptying that cache makes the processor wait for the GPU and makes the next step ask the driver for the same memory, which is slow, while the GPU idles.',
    evidence:
      'Reported by others: transformers removed such a call because of the slowdown (transformers#31372, #31530). How much it costs is not measured.',
    messages: {
      step: 'The cached GPU memory is given back {step} and must be asked for again in the next one; delete the call or keep it for a change of phase.',
    },
  },
  check,
};

const emptiesCache =
  /^torch\.(cuda|mps|xpu|npu|mlu|accelerator)(\.memory)?\.empty_cache$|^accelerate\.utils(\.memory)?\.(release_memory|clear_device_cache)$/;

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const reported = new Set<Node>();
  for (const region of program.regions) {
    const calls = region.visits.filter((v) => !reported.has(v.node) && empties(program, v));
    const first = calls[0];
    // Training that samples in between changes phase on every step.
    if (first === undefined || generates(region)) continue;
    for (const c of calls) reported.add(c.node);
    const doubts = (first.guard === 'flag' ? 1 : 0) + (program.cuda === 'yes' ? 0 : 1);
    context.report({
      start: first.node.start,
      end: first.node.end,
      message: 'step',
      confidence: confidenceOf(doubts),
      related: calls.slice(1).map((c) => ({
        start: c.node.start,
        end: c.node.end,
        message: 'The cache is emptied here too, in the same step.',
      })),
      region: region.root,
      fixes: deletionFix(
        program,
        calls.map((c) => c.node),
        'Where memory is short because it is fragmented, try PYTORCH_ALLOC_CONF=expandable_segments:True instead.',
      ),
    });
  }
}

function empties(program: Program, { node, guard }: Visit): boolean {
  if (node.kind !== 'Call' || guard === 'cadence') return false;
  const callee = program.valueOf(node.callee);
  return (
    callee.kind === 'library' &&
    emptiesCache.test(callee.type) &&
    !afterOffload(program, node) &&
    !saysOfMemory(program, node) &&
    !against(program, node)
  );
}

/** A comment at the call says that memory ran out, or would, without it. */
function against(program: Program, call: Call): boolean {
  return program.module.comments.some(
    (c) =>
      c.start < lineEnd(program.text, call.end) &&
      c.start > call.start - 160 &&
      /\bOOM\b|out of .*memory|free(s|ing)? (up )?(\w+ )?memory for\b|fragment(ation|ed)\b|defrag/i.test(
        c.text,
      ),
  );
}

/** A function or a loop by its name works in parts so that memory suffices: what one leaves behind is to be gone before the next. */
function saysOfMemory(program: Program, call: Call): boolean {
  const fn = program.functionOf(call);
  const names = fn === undefined ? [] : [fn.name];
  for (let up = program.parents.get(call); up !== undefined && up !== fn; up = program.parents.get(up))
    if (up.kind === 'For') names.push(program.textOf(up.target), program.textOf(up.iterable));
    else if (up.kind === 'While') names.push(program.textOf(up.test));
  return names.some((name) => /chunk|(^|_|\b)til(ed?|es|ing)(_|\b)/i.test(name));
}

/** A model has just been deleted or moved to the host: memory of another phase is given back. */
function afterOffload(program: Program, call: Call): boolean {
  const statement = program.statementOf(call);
  if (statement === undefined) return false;
  const block = siblingsOf(program, statement);
  return block.slice(0, block.indexOf(statement)).some((s) => releasesModel(program, s));
}

function releasesModel(program: Program, statement: Stmt): boolean {
  if (statement.kind === 'Delete') return statement.values.some((v) => isModel(program, v));
  let found = false;
  visit(statement, (node) => {
    if (node.kind !== 'Call' || node.callee.kind !== 'Attribute') return undefined;
    const moves =
      node.callee.name === 'cpu' ||
      (node.callee.name === 'to' && /cpu|offload/.test(node.args.map((a) => program.textOf(a)).join()));
    if (
      (moves && (isModel(program, node.callee.object) || takesItsPlace(program, statement, node))) ||
      /offload/.test(node.callee.name)
    )
      found = true;
    return undefined;
  });
  return found;
}

/** `kept[-1] = kept[-1].cpu()`: what lay on the device now lies on the host. */
function takesItsPlace(program: Program, statement: Stmt, move: Call): boolean {
  if (statement.kind !== 'Assign' || move.callee.kind !== 'Attribute') return false;
  const moved = program.textOf(move.callee.object);
  return statement.value === move && statement.targets.some((target) => program.textOf(target) === moved);
}

function isModel(program: Program, expr: Expr): boolean {
  if (expr.kind === 'Tuple') return expr.items.some((item) => isModel(program, item));
  return (
    program.valueOf(expr).kind === 'module' ||
    /model|net$|pipe(line)?$|encoder|decoder|vae|critic|actor/i.test(dottedName(expr) ?? '')
  );
}

/** A model that is asked for new data, not a choice among points or indices. */
const samples =
  /(^|[._])(generate|rollout)|(^|\.)_?sample(s|_(image|token|sequence|completion|response|action|batch)s?)?$/;

function generates(region: StepRegion): boolean {
  return region.visits.some(
    ({ node }) => node.kind === 'Call' && samples.test(dottedName(node.callee) ?? ''),
  );
}
