/** Which parameter takes which argument of a call. */

import type { Interpreter } from './interpreter.ts';
import type { Call, FunctionDef } from './nodes.ts';
import { type DictItem, type Value, value } from './values.ts';

export interface Arguments {
  readonly values: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
  /** Keywords of a mapping that only some ways through the program put there. */
  readonly perhaps: ReadonlySet<string>;
  /** More may be passed than we see: a mapping or a sequence that we do not see through. */
  readonly open: boolean;
}

/** The arguments of a call whose parts are evaluated. */
export function argumentsOf(machine: Interpreter, call: Call): Arguments {
  const keywords = new Map<string, Value>();
  const perhaps = new Set<string>();
  let open = call.args.some((a) => a.kind === 'Starred');
  for (const k of call.keywords) {
    const v = machine.values.get(k.value) ?? value('unknown');
    if (k.name !== null) {
      keywords.set(k.name, v);
      continue;
    }
    // `f(**kwargs)` with a dict we can see through.
    if (v.kind !== 'dict' || v.entries === undefined || v.open) open = true;
    for (const [name, item] of v.kind === 'dict' ? (v.entries ?? []) : []) {
      keywords.set(name, item.value);
      if (!item.always) perhaps.add(name);
    }
  }
  return { values: call.args.map((a) => machine.values.get(a) ?? value('unknown')), keywords, perhaps, open };
}

/** `partial(f, …)` called: what it fixed comes first, and gives way to a keyword of the call. */
export function withPartial(machine: Interpreter, partial: Call, args: Arguments): Arguments {
  for (const part of [...partial.args, ...partial.keywords.map((k) => k.value)]) machine.recall(part);
  const fixed = argumentsOf(machine, partial);
  return {
    values: [...fixed.values.slice(1), ...args.values],
    keywords: new Map([...fixed.keywords, ...args.keywords]),
    perhaps: new Set([...fixed.perhaps].filter((name) => !args.keywords.has(name)).concat([...args.perhaps])),
    open: fixed.open || args.open,
  };
}

/** Values by parameter; `bound`: the first parameter is the object that it is called on. */
export function bindArguments(
  parameters: readonly { readonly name: string; readonly form: string }[],
  args: Arguments,
  bound: boolean,
): Map<string, Value> {
  const out = new Map<string, Value>();
  const plain = parameters.filter((p) => p.form === 'plain');
  const offset = bound ? 1 : 0;
  for (const [i, v] of args.values.entries()) {
    const p = plain[i + offset];
    if (p === undefined) break;
    out.set(p.name, v);
  }
  const rest = new Map<string, DictItem>();
  for (const [name, v] of args.keywords) {
    if (parameters.some((p) => p.name === name && (p.form === 'plain' || p.form === 'keywordOnly')))
      out.set(name, v);
    else rest.set(name, { value: v, always: !args.perhaps.has(name) });
  }
  const mapping = parameters.find((p) => p.form === 'keywords');
  if (mapping !== undefined) out.set(mapping.name, value('dict', { entries: rest, open: args.open }));
  return out;
}

export function isStatic(node: FunctionDef): boolean {
  return node.decorators.some((d) => d.kind === 'Name' && d.id === 'staticmethod');
}
