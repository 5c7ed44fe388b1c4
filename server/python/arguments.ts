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
  const { partials } = program.machine.withinPartial(program.valueOf(call.callee));
  // Of `partial(f, …)` the first argument is the function itself; what it fixes comes before what the call adds.
  const fixed = (partial: Call): number => partial.args.length - 1;
  let before = partials.reduce((sum, partial) => sum + fixed(partial), 0);
  let found = ownArgument(program, call, name, position - before);
  for (const partial of partials) {
    if (found.state !== 'notSet') break;
    before -= fixed(partial);
    found = ownArgument(program, partial, name, position < before ? -1 : position - before + 1);
  }
  return found;
}

/** A position below 0 belongs to somebody else. */
function ownArgument(program: Program, call: Call, name: string, position: number): Argument {
  const keyword = call.keywords.find((k) => k.name === name);
  if (keyword !== undefined)
    return { state: 'set', value: program.valueOf(keyword.value), expr: keyword.value };
  if (call.args.some((a, i) => a.kind === 'Starred' && i <= position)) return { state: 'unknown' };
  const positional = position < 0 ? undefined : call.args[position];
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
