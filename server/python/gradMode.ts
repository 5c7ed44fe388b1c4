/** Whether gradients are recorded where a node runs: contexts, decorators, callers, global switches and frameworks. */

import { hookOf, isRoute } from './hooks.ts';
import type { Expr, FunctionDef, Node } from './nodes.ts';
import { callsOfBases } from './openCalls.ts';
import type { Program } from './program.ts';
import type { Tri } from './values.ts';
import { dottedName, visit } from './walk.ts';

const off = /^torch\.(no_grad|inference_mode|autograd\.grad_mode\.\w+)$/;
const neutral =
  /^(torch\.(amp\.|autocast|cuda\.|profiler\.|autograd\.profiler|backends\.|device$)|contextlib\.(nullcontext|suppress|redirect_\w+)|tqdm\.|builtins\.open|torch\.enable_grad|time\.|wandb\.|mlflow\.|tempfile\.|concurrent\.|rich\.|tensorflow\.)/;
const suspicious = /grad|infer|eval|no_/i;

/** 'yes': off for certain. 'unknown': somebody we cannot see may switch it off. */
export function gradientsOff(program: Program, node: Node, active: readonly FunctionDef[] = []): Tri {
  let result: Tri = 'no';
  let below: Node = node;
  for (let up = program.parents.get(node); up !== undefined; below = up, up = program.parents.get(up)) {
    if (up.kind === 'With' && !up.items.some((i) => i.context === below))
      for (const item of up.items) result = worse(result, contextOff(program, item.context));
    if (up.kind === 'Lambda') result = worse(result, 'unknown');
    if (up.kind === 'Function') {
      result = worse(result, functionOff(program, up, active));
      break;
    }
  }
  if (result === 'no' && globallyOff(program)) return 'yes';
  return result;
}

function worse(a: Tri, b: Tri): Tri {
  if (a === 'yes' || b === 'yes') return 'yes';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'no';
}

function contextOff(program: Program, context: Expr): Tri {
  const callee = context.kind === 'Call' ? context.callee : context;
  const v = program.valueOf(callee);
  const type = v.kind === 'library' || v.kind === 'object' ? v.type : '';
  if (off.test(type)) return 'yes';
  if (type === 'torch.set_grad_enabled' || type.endsWith('.set_grad_enabled')) {
    const mode = context.kind === 'Call' ? context.args[0] : undefined;
    const known = mode === undefined ? undefined : program.valueOf(mode).constant;
    return known === true ? 'no' : known === false ? 'yes' : 'unknown';
  }
  if (neutral.test(type)) return 'no';
  const text = program.textOf(context);
  if (/no_grad|inference_mode/.test(text)) return 'yes';
  if (suspicious.test(text)) return 'unknown';
  // A context of the project or of a library that says nothing of gradients.
  return context.kind === 'Call' ? 'no' : 'unknown';
}

function functionOff(program: Program, fn: FunctionDef, active: readonly FunctionDef[]): Tri {
  let result: Tri = 'no';
  for (const d of fn.decorators) result = worse(result, decoratorOff(program, d));
  if (result === 'yes' || active.includes(fn) || active.length > 8) return result;
  const info = program.infoOf(fn);
  const framework = info === undefined ? undefined : hookOf(program.machine, info)?.hook.gradients;
  if (framework === 'off') return 'yes';
  // A base that we do not see may call it without gradients.
  if (info?.owner?.closed === false) result = worse(result, 'unknown');
  visit(fn, (node) => {
    if (node.kind === 'Function' && node !== fn) return false;
    if (node.kind === 'Expr' && switchesOff(program, node.value)) result = 'yes';
    return undefined;
  });
  // It runs at least once with gradients, whoever else calls it.
  if (framework === 'recorded') return result;
  const calls = program.callsOf(fn);
  const incoming = [
    ...program.incomingOf(fn),
    ...(info === undefined ? [] : callsOfBases(program.machine, info)),
  ];
  if (calls.length + incoming.length === 0 && needsNoCaller(program, fn)) return result;
  if (calls.length + incoming.length === 0 || program.escapes(fn)) return worse(result, 'unknown');
  for (const call of incoming) result = worse(result, call.gradientsOff);
  for (const call of calls) result = worse(result, gradientsOff(program, call, [...active, fn]));
  return result;
}

/**
 * What starts the program, or trains, has no caller to look at that would switch gradients off. One that is only called
 * as if it trained, and evaluates (`fit` of a search among neighbours), may well have one.
 */
function needsNoCaller(program: Program, fn: FunctionDef): boolean {
  if (/^(main|cli)$/.test(fn.name)) return true;
  const info = program.infoOf(fn);
  if (info === undefined || !/^(train|fit)$/.test(fn.name)) return false;
  return program.work.ofFunction(info, false).backward || !callsEval(fn);
}

function callsEval(fn: FunctionDef): boolean {
  let found = false;
  visit(fn, (node) => {
    found ||= node.kind === 'Call' && node.callee.kind === 'Attribute' && node.callee.name === 'eval';
    return undefined;
  });
  return found;
}

function decoratorOff(program: Program, decorator: Expr): Tri {
  const callee = decorator.kind === 'Call' ? decorator.callee : decorator;
  const v = program.valueOf(callee);
  if (v.kind === 'library' && off.test(v.type)) return 'yes';
  if (isRoute(program.machine, decorator)) return 'no';
  const name = dottedName(callee) ?? '';
  if (/no_grad|inference_mode/.test(name)) return 'yes';
  if (
    /(^|\.)(staticmethod|classmethod|property|abstractmethod|override|wraps|record|main|command|timer|timeit|cache|lru_cache)$/.test(
      name,
    )
  )
    return 'no';
  return 'unknown';
}

function switchesOff(program: Program, expr: Expr): boolean {
  if (expr.kind !== 'Call') return false;
  const { callee } = expr;
  // `torch.no_grad().__enter__()`, which nobody leaves again.
  if (callee.kind === 'Attribute' && callee.name === '__enter__')
    return contextOff(program, callee.object) === 'yes';
  const { type } = program.valueOf(callee);
  return (
    /set_grad_enabled$/.test(type) &&
    expr.args[0] !== undefined &&
    program.valueOf(expr.args[0]).constant !== true
  );
}

const everywhereOff = new WeakMap<Program, boolean>();

/** `torch.set_grad_enabled(False)` at module level holds for all that follows. */
function globallyOff(program: Program): boolean {
  let known = everywhereOff.get(program);
  if (known === undefined) {
    known = switchedOffAtTop(program);
    everywhereOff.set(program, known);
  }
  return known;
}

function switchedOffAtTop(program: Program): boolean {
  let found = false;
  for (const statement of program.module.body.body) {
    if (statement.kind === 'Function' || statement.kind === 'Class') continue;
    visit(statement, (node) => {
      if (node.kind === 'Function') return false;
      if (node.kind === 'Expr' && switchesOff(program, node.value)) found = true;
      return undefined;
    });
  }
  return found;
}
