/** What a call makes of a value that it is given. */

import { addsInPlace, passing, type Sink, sinkFunction, sinkMethod, sinkName } from './knowledge/sinks.ts';
import type { Call, Expr, FunctionDef } from './nodes.ts';
import type { Program } from './program.ts';
import { onCuda } from './values.ts';
import { dottedName } from './walk.ts';

export type PassedOn =
  /** What the call yields stands for it. */
  | { readonly as: 'result' }
  /** It is recorded, and may be read again under the name `into`. */
  | { readonly as: 'record'; readonly sink?: Sink; readonly into?: string }
  | { readonly as: 'parameter'; readonly of: FunctionDef; readonly name: string }
  | { readonly as: 'needed'; readonly why: string };

const logged: PassedOn = { as: 'record', sink: 'log' };

export function passedOn(program: Program, value: Expr, call: Call): PassedOn {
  const { callee } = call;
  const called = program.valueOf(callee);
  const fns = program.machine.targets.get(call) ?? [];
  if (called.kind === 'library') {
    if (passing.test(called.type)) return { as: 'result' };
    if (sinkFunction.test(called.type))
      return { as: 'record', sink: /print$/.test(called.type) ? 'print' : 'log' };
  }
  if (callee.kind === 'Attribute' && callee.name === 'format') return { as: 'result' };
  const fn = fns[0];
  if (fn !== undefined && fns.length === 1) return asParameter(value, call, fn.node);
  if (recordedElsewhere(program, value, call)) return logged;
  if (callee.kind === 'Attribute') return byMethod(program, value, call, callee);
  if (callee.kind === 'Name' && sinkName.test(callee.id)) return logged;
  return { as: 'needed', why: `passed to ${dottedName(callee) ?? 'a call'}()` };
}

function byMethod(
  program: Program,
  value: Expr,
  call: Call,
  { object, name }: Extract<Expr, { kind: 'Attribute' }>,
): PassedOn {
  if (addsInPlace.test(name) && call.args[0] === value && isTotal(program, object))
    return { as: 'record', sink: 'sum' };
  if (!sinkMethod.test(name)) return { as: 'needed', why: `passed to ${name}()` };
  if (/^(set_postfix|set_description)/.test(name)) return { as: 'record', sink: 'progress' };
  const into = object.kind === 'Name' ? { into: object.id } : {};
  // What is collected may be looked at on every step.
  if (/^(append|extend|add)$/.test(name)) return { as: 'record', sink: 'collect', ...into };
  if (name === 'update' && program.valueOf(object).kind === 'dict') return { as: 'record', ...into };
  return logged;
}

/** A tensor on the device to which numbers are added up; what a parameter is given decides how training goes on. */
function isTotal(program: Program, object: Expr): boolean {
  const v = program.valueOf(object);
  if (v.kind !== 'tensor' || onCuda(v) !== 'yes') return false;
  if (/(^|\.)(data|grad|weight|bias)\b|param/.test(program.textOf(object))) return false;
  for (let up = program.parents.get(object); up !== undefined; up = program.parents.get(up))
    if (up.kind === 'For' && /param|buffers\(|state_dict/.test(program.textOf(up.iterable))) return false;
  return true;
}

/** Passed to a function of another file that only records this parameter. */
function recordedElsewhere(program: Program, value: Expr, call: Call): boolean {
  const summary = program.machine.foreignCalls.get(call)?.summary;
  if (summary === undefined) return false;
  const name = parameterFor(value, call, summary.parameters, summary.method);
  return name !== undefined && summary.recorded.includes(name);
}

/** The parameter that takes the value; `**values` takes what has no parameter of its own. */
function parameterFor(
  value: Expr,
  call: Call,
  parameters: readonly { readonly name: string; readonly form: string }[],
  method: boolean,
): string | undefined {
  const keyword = call.keywords.find((k) => k.value === value);
  const plain = parameters.filter((p) => p.form === 'plain').slice(method ? 1 : 0);
  if (keyword === undefined) return plain[call.args.indexOf(value)]?.name;
  const own = parameters.find((p) => p.name === keyword.name && p.form !== 'keywords');
  // A mapping may fill any parameter.
  if (keyword.name === null && plain.length > 0) return undefined;
  return own?.name ?? parameters.find((p) => p.form === 'keywords')?.name;
}

/** The value goes on as a parameter of a function of this file. */
function asParameter(value: Expr, call: Call, fn: FunctionDef): PassedOn {
  if (sinkName.test(fn.name)) return logged;
  const method = /^(self|cls)$/.test(fn.parameters[0]?.name ?? '');
  const name = parameterFor(value, call, fn.parameters, method);
  if (name !== undefined) return { as: 'parameter', of: fn, name };
  return sinkMethod.test(fn.name) ? logged : { as: 'needed', why: `passed to ${fn.name}()` };
}
