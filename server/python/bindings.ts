/** Where a function or module gives its names something, gone through once for all that ask. */

import type { Assign, AugAssign, For, FunctionDef, Module } from './nodes.ts';
import { boundNames, visitOwn } from './walk.ts';

export type Binding = Assign | AugAssign | For;

const tables = new WeakMap<FunctionDef | Module, ReadonlyMap<string, readonly Binding[]>>();
const nowhere: readonly Binding[] = [];

/** The statements that bind a name, in the order of the text; of a module those in its functions as well. */
export function bindingsOf(id: string, within: FunctionDef | Module): readonly Binding[] {
  let table = tables.get(within);
  if (table === undefined) {
    table = tableOf(within);
    tables.set(within, table);
  }
  return table.get(id) ?? nowhere;
}

function tableOf(within: FunctionDef | Module): Map<string, Binding[]> {
  const table = new Map<string, Binding[]>();
  const note = (statement: Binding, names: readonly string[]): void => {
    for (const name of new Set(names)) {
      const known = table.get(name);
      if (known === undefined) table.set(name, [statement]);
      else known.push(statement);
    }
  };
  for (const statement of within.body.body)
    visitOwn(statement, (node) => {
      if (node.kind === 'Assign')
        note(
          node,
          node.targets.flatMap((target) => boundNames(target)),
        );
      else if (node.kind === 'AugAssign' || node.kind === 'For') note(node, boundNames(node.target));
      return undefined;
    });
  return table;
}
