/** Whether a call sets an argument, and to what: through keywords, positions, `**mapping`, `partial`, dict merges and argparse defaults. */

import type { Call, Expr } from './nodes.ts';
import type { Program } from './program.ts';
import type { Value } from './values.ts';

export type Argument =
  | { readonly state: 'set'; readonly value: Value; readonly expr: Expr | undefined }
  | { readonly state: 'notSet' }
  /** It may be set: whoever must know stays silent. */
  | { readonly state: 'unknown' };

/** `position` is where the argument stands when it is passed without its name. */
export function resolveArgument(program: Program, call: Call, name: string, position: number): Argument {
  const direct = ownArgument(program, call, name, position);
  if (direct.state !== 'notSet') return direct;
  const bound = program.valueOf(call.callee).partial;
  // `partial(f, name=…)`: the first argument of the partial call is the function itself.
  return bound === undefined ? direct : ownArgument(program, bound, name, position + 1);
}

function ownArgument(program: Program, call: Call, name: string, position: number): Argument {
  const keyword = call.keywords.find((k) => k.name === name);
  if (keyword !== undefined)
    return { state: 'set', value: program.valueOf(keyword.value), expr: keyword.value };
  if (call.args.some((a, i) => a.kind === 'Starred' && i <= position)) return { state: 'unknown' };
  const positional = call.args[position];
  if (positional !== undefined) return { state: 'set', value: program.valueOf(positional), expr: positional };
  let result: Argument = { state: 'notSet' };
  for (const k of call.keywords) {
    if (k.name !== null) continue;
    const mapping = program.valueOf(k.value);
    const item = mapping.kind === 'dict' ? mapping.entries?.get(name) : undefined;
    if (item?.always) result = { state: 'set', value: item.value, expr: undefined };
    else if (item !== undefined || mapping.kind !== 'dict' || mapping.entries === undefined || mapping.open)
      return { state: 'unknown' };
  }
  return result;
}
