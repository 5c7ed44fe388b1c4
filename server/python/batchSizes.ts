/** Loaders whose batch is as long as the data set: a loop over one passes once. */

import { bindingsOf } from './bindings.ts';
import type { Expr } from './nodes.ts';
import type { Program } from './program.ts';
import { dottedName } from './walk.ts';

export function boundToLength(program: Program, loader: Expr): boolean {
  if (loader.kind !== 'Call') return false;
  const size = loader.keywords.find((k) => k.name === 'batch_size')?.value ?? loader.args[1];
  return size !== undefined && isLength(program, size);
}

/** `len(data)`, `data.shape[0]`, or what a name or attribute says by itself or by what it is given. */
function isLength(program: Program, size: Expr, depth = 0): boolean {
  if (size.kind === 'Call') return /(^|\.)(len|__len__)$/.test(dottedName(size.callee) ?? '');
  if (size.kind === 'Subscript') return size.object.kind === 'Attribute' && size.object.name === 'shape';
  const name = size.kind === 'Attribute' ? size.name : size.kind === 'Name' ? size.id : '';
  if (/^(n|num|len)_?(train|test|val|valid|eval|data|samples)|_samples$/.test(name)) return true;
  if (size.kind !== 'Name' || depth > 3) return false;
  return bindingsOf(size.id, program.functionOf(size) ?? program.module).some(
    (binding) =>
      binding.kind === 'Assign' && binding.value !== null && isLength(program, binding.value, depth + 1),
  );
}
