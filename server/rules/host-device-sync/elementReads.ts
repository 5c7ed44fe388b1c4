/** Reads of one element of a device tensor after another, by a loop or a comprehension inside a step. */

import { changes, type ElementLoop, indexedBy, pathOf, sourceOf, turns } from '../../python/elementLoops.ts';
import { isTensorMethod } from '../../python/knowledge/tensors.ts';
import type { Expr, For, Name, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { Device, elementOf, onCuda, type Tri, type Value } from '../../python/values.ts';
import { boundNames, dottedName, visit } from '../../python/walk.ts';
import type { DeviceRead } from './deviceReads.ts';

export interface ElementRead {
  readonly read: DeviceRead;
  readonly loop: ElementLoop;
  /** The tensor, or the list of tensors, whose elements are read. */
  readonly source: Expr;
  /** `row`: the loop yields the elements; `index`: the loop counts them; `derived`: something is computed of each. */
  readonly form: 'row' | 'index' | 'derived';
  /** A list of tensors rather than one. */
  readonly list: boolean;
  /** The name that the loop binds and the read uses. */
  readonly name: string;
  readonly device: Tri;
  readonly assumed: boolean;
}

/** Undefined when the read does not go from element to element. */
export function elementRead(program: Program, region: StepRegion, read: DeviceRead): ElementRead | undefined {
  const end = program.functionOf(read.expr);
  for (let up = program.parents.get(read.expr); up !== undefined; up = program.parents.get(up)) {
    if (up === region.root || up === end) return undefined;
    if (up.kind !== 'For' && up.kind !== 'Comprehension') continue;
    const found = readOf(program, read, up);
    if (found !== undefined) return isWorthIt(program, up, found) ? found : undefined;
  }
  return undefined;
}

function readOf(program: Program, read: DeviceRead, loop: ElementLoop): ElementRead | undefined {
  const clauses = loop.kind === 'For' ? [loop] : loop.clauses;
  const made = loop.kind === 'For' ? madeIn(program, loop, read.tensor) : read.tensor;
  // What a network gives for a part of the batch is no element of it: the parts are work of their own.
  if (program.work.of([made], false).forward) return undefined;
  for (const { target, iterable } of clauses) {
    const names = boundNames(target);
    const indexed = indexedBy(made, names);
    if (indexed !== undefined) {
      const v = program.valueOf(indexed.source);
      return isDeviceTensor(v, read)
        ? { read, loop, ...indexed, form: 'index', list: false, device: onCuda(v), assumed: v.assumed }
        : undefined;
    }
    for (const name of mentioned(made, names)) {
      const source = sourceOf(program, target, iterable, name.id);
      if (source === undefined) continue;
      const v = program.valueOf(source);
      const element = v.kind === 'sequence' ? elementOf(v) : v;
      if (!isDeviceTensor(element, read)) continue;
      return {
        read,
        loop,
        source,
        form: read.tensor === name ? 'row' : 'derived',
        list: v.kind === 'sequence',
        name: name.id,
        device: onCuda(element),
        assumed: element.assumed,
      };
    }
  }
  return undefined;
}

/** `best = row.argmax()` in the loop, for `best`, through a few such names. */
function madeIn(program: Program, loop: For, tensor: Expr): Expr {
  let made = tensor;
  for (let depth = 0; depth < 3; depth++) {
    const name = dottedName(made);
    const value = name === undefined ? undefined : lastValueOf(loop, name, made.start);
    if (value === undefined || !isOfTensors(program, value)) return made;
    made = value;
  }
  return made;
}

/** Whether nothing but methods of tensors and functions of torch computes a value. */
function isOfTensors(program: Program, value: Expr): boolean {
  let only = true;
  visit(value, (node: Node) => {
    if (node.kind === 'Call' && !isOfTorch(program, node.callee)) only = false;
    return undefined;
  });
  return only;
}

function isOfTorch(program: Program, callee: Expr): boolean {
  const { kind, type } = program.valueOf(callee);
  if (kind === 'library') return /^torch\.\w+$/.test(type);
  if (callee.kind !== 'Attribute') return false;
  return program.valueOf(callee.object).kind === 'tensor' || isTensorMethod(callee.name);
}

/** What a name was given last in the loop, also as a part of what a call gives, such as the indices of a maximum. */
function lastValueOf(loop: For, name: string, before: number): Expr | undefined {
  let found: Expr | undefined;
  visit(loop, (node: Node) => {
    if (node.kind !== 'Assign' || node.value === null || node.end > before) return undefined;
    if (node.targets.some((target) => boundNames(target).includes(name))) found = node.value;
    return undefined;
  });
  return found;
}

/** What is asked for its `item()` is a tensor, whatever else we know of it. */
function isDeviceTensor(v: Value, read: DeviceRead): boolean {
  // On the host on some way, and nowhere surely on the device: lengths and sizes are like that.
  if (onCuda(v) !== 'yes' && (v.device & Device.cpu) !== 0) return false;
  return onCuda(v) !== 'no' && (v.kind === 'tensor' || (v.kind === 'unknown' && asksItem(read)));
}

export function asksItem({ expr }: DeviceRead): boolean {
  return expr.kind === 'Call' && expr.callee.kind === 'Attribute' && expr.callee.name === 'item';
}

/** Where an expression uses a name of the loop; a key of a dict selects no element. */
function mentioned(expr: Expr, names: readonly string[]): Name[] {
  const out: Name[] = [];
  visit(expr, (node) => {
    if (node.kind === 'Subscript' && node.indices.some((i) => i.kind === 'String')) return false;
    if (node.kind === 'Name' && names.includes(node.id)) out.push(node);
    return undefined;
  });
  return out;
}

/** Fewer turns than this cost less than the copy of the whole would save. */
const fewTurns = 4;

function isWorthIt(program: Program, loop: ElementLoop, found: ElementRead): boolean {
  const iterables = loop.kind === 'For' ? [loop.iterable] : loop.clauses.map((c) => c.iterable);
  if (iterables.some((i) => /param|\.grads?\b|state_dict|\.buffers\(/i.test(program.textOf(i)))) return false;
  if (asksGradient(loop, found.name)) return false;
  if (iterables.some((i) => turns(program, i) <= fewTurns)) return false;
  return !changes(loop, pathOf(found.source));
}

/** What has a gradient asked of it is a parameter, whatever its list is called. */
function asksGradient(loop: ElementLoop, name: string): boolean {
  let found = false;
  visit(loop, (node: Node) => {
    if (node.kind === 'Attribute' && node.name === 'grad' && dottedName(node.object) === name) found = true;
    return undefined;
  });
  return found;
}
