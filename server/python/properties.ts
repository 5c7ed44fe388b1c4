/** What reading an attribute runs: a method of the project that says it is a property. */

import type { Interpreter } from './interpreter.ts';
import type { Expr } from './nodes.ts';
import type { FunctionSummary } from './project/portable.ts';
import type { FunctionInfo } from './values.ts';
import { dottedName } from './walk.ts';

export interface Property {
  /** Of this file; where it is missing, of another one. */
  readonly info: FunctionInfo | undefined;
  readonly summary: FunctionSummary | undefined;
}

export function propertyOf(
  { values, classes }: Interpreter,
  { object, name }: Extract<Expr, { kind: 'Attribute' }>,
): Property | undefined {
  const owner = values.get(object)?.classInfo;
  if (owner === undefined) return undefined;
  const info = classes.method(owner, name);
  if (info !== undefined) {
    const is = info.node.decorators.some((d) => /property$/.test(dottedName(d) ?? ''));
    return is ? { info, summary: undefined } : undefined;
  }
  const summary = classes.foreignMethod(owner, name);
  return summary?.property === true ? { info, summary } : undefined;
}
