/** Whether gradients are recorded where a node runs: contexts, decorators, callers, global switches and frameworks. */

import { hookOf, isRoute } from './hooks.ts';
import type { Expr, FunctionDef, Node } from './nodes.ts';
import { callsOfBases } from './openCalls.ts';
import type { Program } from './program.ts';
import type { Visit } from './regionWalker.ts';
import type { Tri } from './values.ts';
import { dottedName, visit } from './walk.ts';

const off = /^torch\.(no_grad|inference_mode|autograd\.grad_mode\.\w+)$/;
const neutral =
  /^(torch\.(amp\.|autocast|cuda\.|profiler\.|autograd\.profiler|backends\.|device$)|contextlib\.(nullcontext|suppress|redirect_\w+)|tqdm\.|builtins\.open|torch\.enable_grad|time\.|wandb\.|mlflow\.|tempfile\.|concurrent\.|rich\.|tensorflow\.)/;
const suspicious = /grad|infer|eval|no_/i;

/** 'yes': off for certain. 'unknown': somebody we cannot see may switch it off. */
export function gradientsOff(program: Program, node: Node, active: readonly FunctionDef[] = []): Tri {
  const { result, fn } = insideFunction(program, node);
  const known = fn === undefined ? result : worse(result, functionOff(program, fn, active));
  return known === 'no' && globallyOff(program) ? 'yes' : known;
}

/** By what is written in the function itself, and for the whole program: whoever calls it is not asked. */
export function ownGradientsOff(program: Program, node: Node): Tri {
  const { result, fn } = insideFunction(program, node);
  if (globallyOff(program)) return 'yes';
  return fn === undefined ? result : worse(result, ownSwitches(program, fn));
}

/** The same on the way by which a step comes to a place: of the functions between, other callers do not matter. */
export function gradientsOffAt(program: Program, visited: Visit): Tri {
  let result: Tri = 'no';
  let { node, via } = visited;
  for (; via !== undefined; via = via.via) {
    const inside = insideFunction(program, node);
    result = worse(result, inside.result);
    if (inside.fn !== undefined) result = worse(result, ownSwitches(program, inside.fn));
    node = via.call;
  }
  return worse(result, gradientsOff(program, node));
}

/** By what stands around a node in its function. */
function insideFunction(program: Program, node: Node): { result: Tri; fn: FunctionDef | undefined } {
  let result: Tri = 'no';
  let below: Node = node;
  for (let up = program.parents.get(node); up !== undefined; below = up, up = program.parents.get(up)) {
    if (up.kind === 'With' && !up.items.some((i) => i.context === below))
      for (const item of up.items) result = worse(result, contextOff(program, item.context));
    if (up.kind === 'Lambda') result = worse(result, 'unknown');
    if (up.kind === 'Function') return { result, fn: up };
  }
  return { result, fn: undefined };
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

const ownSwitchesOf = new WeakMap<Program, Map<FunctionDef, Tri>>();

/** By the decorators of a function, what it switches and the framework that calls it; every read of a step asks. */
function ownSwitches(program: Program, fn: FunctionDef): Tri {
  let known = ownSwitchesOf.get(program);
  if (known === undefined) {
    known = new Map();
    ownSwitchesOf.set(program, known);
  }
  let result = known.get(fn);
  if (result === undefined) {
    result = switchesNow(program, fn);
    known.set(fn, result);
  }
  return result;
}

function switchesNow(program: Program, fn: FunctionDef): Tri {
  let result: Tri = 'no';
  for (const d of fn.decorators) result = worse(result, decoratorOff(program, d));
  const info = program.infoOf(fn);
  if (info !== undefined && hookOf(program.machine, info)?.hook.gradients === 'off') return 'yes';
  visit(fn, (node) => {
    if (node.kind === 'Function' && node !== fn) return false;
    if (node.kind === 'Expr' && switchesOff(program, node.value)) result = 'yes';
    return undefined;
  });
  return result;
}

function functionOff(program: Program, fn: FunctionDef, active: readonly FunctionDef[]): Tri {
  const result = ownSwitches(program, fn);
  if (result === 'yes') return result;
  if (active.includes(fn) || active.length > 8) return worse(result, 'unknown');
  const info = program.infoOf(fn);
  const framework = info === undefined ? undefined : hookOf(program.machine, info)?.hook.gradients;
  // It runs at least once with gradients, whoever else calls it.
  if (framework === 'recorded') return info?.owner?.closed === false ? worse(result, 'unknown') : result;
  const calls = program.callsOf(fn);
  const incoming = [
    ...program.incomingOf(fn),
    ...(info === undefined ? [] : callsOfBases(program.machine, info)),
  ];
  // A base that we do not see may call it without gradients.
  const hidden = info?.owner?.closed === false;
  if (calls.length + incoming.length === 0)
    return !hidden && needsNoCaller(program, fn) ? result : worse(result, 'unknown');
  const known = [
    ...incoming.map((call) => call.gradientsOff),
    ...calls.map((call) => gradientsOff(program, call, [...active, fn])),
  ];
  if (hidden || program.escapes(fn)) known.push('unknown');
  return worse(result, anyCaller(known));
}

/** Of all callers: one that switches them off speaks for the others; one that does not is enough for a run with gradients. */
export function anyCaller(callers: readonly Tri[]): Tri {
  if (callers.includes('yes')) return 'yes';
  return callers.includes('no') ? 'no' : 'unknown';
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
