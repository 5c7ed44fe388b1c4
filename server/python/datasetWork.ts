/** Whether reading one item of a data set costs the host real work, and whether workers could take it over. */

import { deviceSites } from './deviceSites.ts';
import {
  decodingDataset,
  itemWork,
  itemWorkName,
  sharedHandle,
  transformedDataset,
  wrappingDataset,
} from './knowledge/datasets.ts';
import type { Call, Expr, FunctionDef, Node } from './nodes.ts';
import type { Program } from './program.ts';
import { type ClassInfo, type DatasetWork, elementOf, onCuda, type Tri, type Value } from './values.ts';
import { visit } from './walk.ts';

const silent: DatasetWork = { costly: 'no', blocked: true, onDevice: 'no' };

/** Judges the data set argument of a loader by its value. */
export function datasetWork(program: Program, dataset: Value, depth = 0): DatasetWork {
  if (depth > 4) return silent;
  if (dataset.kind === 'sequence') return silent;
  if (dataset.kind !== 'dataset' && dataset.kind !== 'instance') return silent;
  const info = dataset.classInfo;
  if (info !== undefined) {
    const work = classWork(program, info);
    const holds = dataset.sources.some((s) => s.kind === 'Call' && holdsLambda(program, s));
    return { ...work, blocked: work.blocked || holds };
  }
  const calls = dataset.sources.filter((s): s is Call => s.kind === 'Call');
  if (calls.length === 0) return silent;
  return calls.map((call) => libraryWork(program, call, depth)).reduce(both);
}

function both(a: DatasetWork, b: DatasetWork): DatasetWork {
  return {
    costly: either(a.costly, b.costly),
    blocked: a.blocked || b.blocked,
    onDevice: either(a.onDevice, b.onDevice),
  };
}

function either(a: Tri, b: Tri): Tri {
  if (a === 'yes' || b === 'yes') return 'yes';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'no';
}

function libraryWork(program: Program, call: Call, depth: number): DatasetWork {
  const { type } = program.valueOf(call.callee);
  const blocked = holdsLambda(program, call);
  if (decodingDataset.test(type)) return { costly: 'yes', blocked, onDevice: 'no' };
  if (transformedDataset.test(type)) {
    const transform = call.keywords.find((k) => /transform/.test(k.name ?? ''))?.value;
    const given = transform !== undefined && program.valueOf(transform).kind !== 'none';
    return { costly: given ? 'unknown' : 'no', blocked, onDevice: 'no' };
  }
  const inner = within(program, call);
  return inner === undefined ? silent : datasetWork(program, inner, depth + 1);
}

/** The data set that another one takes its items from. */
function within(program: Program, call: Call): Value | undefined {
  const [inner] = call.args;
  if (inner === undefined || !wrappingDataset.test(program.valueOf(call.callee).type)) return undefined;
  const v = program.valueOf(inner);
  return v.kind === 'sequence' ? elementOf(v) : v;
}

/** The classes of the project whose items a loader of this data set reads. */
export function itemClasses(program: Program, dataset: Value, depth = 0): readonly ClassInfo[] {
  if (dataset.classInfo !== undefined || depth > 4)
    return dataset.classInfo === undefined ? [] : [dataset.classInfo];
  return dataset.sources.flatMap((source) => {
    const inner = source.kind === 'Call' ? within(program, source) : undefined;
    return inner === undefined ? [] : itemClasses(program, inner, depth + 1);
  });
}

/** What one item of a class costs, however its objects are made. */
export function classWork(program: Program, info: ClassInfo): DatasetWork {
  const bases = program.machine.classes.libraryBases(info);
  if (bases.some((b) => /IterableDataset$|^datasets\./.test(b))) return silent;
  const getItem = program.machine.classes.method(info, '__getitem__');
  // A class inside a function cannot be sent to a spawned worker.
  if (program.functionOf(info.node) !== undefined) return silent;
  if (holdsFew(program, info)) return silent;
  const init = program.machine.classes.method(info, '__init__');
  let blocked = init !== undefined && (keepsHandle(program, init.node) || keepsOnDevice(program, init.node));
  if (getItem === undefined) {
    const elsewhere = workElsewhere(info);
    if (elsewhere !== undefined) return { ...elsewhere, blocked: elsewhere.blocked || blocked };
    return bases.some((b) => decodingDataset.test(b)) ? { costly: 'yes', blocked, onDevice: 'no' } : silent;
  }
  let costly: Tri = 'no';
  each(program, getItem.node, (call) => {
    const callee = program.valueOf(call.callee);
    if (callee.kind === 'library' && itemWork.test(callee.type)) costly = 'yes';
    else if (costly === 'no' && callee.kind !== 'none' && itemWorkName.test(lastName(call.callee)))
      costly = 'unknown';
    const method = lastName(call.callee);
    if (method === 'cuda' || (method === 'to' && onCuda(program.valueOf(call)) !== 'no')) blocked = true;
    if (callee.kind === 'library' && onCuda(program.valueOf(call)) === 'yes') blocked = true;
  });
  if (keepsWhatItReads(getItem.node)) blocked = true;
  const read = program.machine.states.get(getItem)?.returns;
  if (read !== undefined && (onCuda(read) !== 'no' || onCuda(elementOf(read)) !== 'no')) blocked = true;
  const sites = deviceSites(program, getItem).filter(({ guard }) => guard === 'none');
  return { costly, blocked, onDevice: sites.map(({ device }) => device).reduce<Tri>(either, 'no') };
}

/** Whether a class gives items by their number, by a method of its own or of a class of the project that it is made from. */
export function givesItems(program: Program, info: ClassInfo): boolean {
  return (
    program.machine.classes.method(info, '__getitem__') !== undefined || workElsewhere(info) !== undefined
  );
}

/** Of a class of another file, or one that inherits its items from there. */
function workElsewhere(info: ClassInfo, depth = 0): DatasetWork | undefined {
  if (info.itemWork !== undefined || depth > 8) return info.itemWork;
  for (const base of info.bases) {
    const inherited = workElsewhere(base, depth + 1);
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}

/** With so few items there is nothing to prepare ahead of. */
const fewItems = 64;

/** Whether the class itself says that it has only a few items: `def __len__(self): return 2`. */
function holdsFew(program: Program, info: ClassInfo): boolean {
  const body = program.machine.classes.method(info, '__len__')?.node.body.body ?? [];
  const only = body.length === 1 ? body[0] : undefined;
  return only?.kind === 'Return' && only.value?.kind === 'Number' && only.value.value <= fewItems;
}

/** Calls of a function and of the functions of the file it calls. */
function each(
  program: Program,
  fn: FunctionDef,
  look: (call: Call) => void,
  seen = new Set<FunctionDef>(),
): void {
  if (seen.has(fn) || seen.size > 20) return;
  seen.add(fn);
  visit(fn, (node) => {
    if (node.kind !== 'Call') return undefined;
    look(node);
    for (const target of program.machine.targets.get(node) ?? []) each(program, target.node, look, seen);
    return undefined;
  });
}

function keepsHandle(program: Program, init: FunctionDef): boolean {
  let found = false;
  visit(init, (node) => {
    if (node.kind !== 'Assign' || node.value === null) return undefined;
    if (!node.targets.some((t) => t.kind === 'Attribute')) return undefined;
    if (node.value.kind !== 'Call') return undefined;
    const callee = program.valueOf(node.value.callee);
    if (callee.kind === 'library' && sharedHandle.test(callee.type)) found = true;
    return undefined;
  });
  return found;
}

/** `self.numbers[word] = …` while an item is read: each worker would fill another one, and it is gone with the worker. */
function keepsWhatItReads(getItem: FunctionDef): boolean {
  const own = getItem.parameters[0]?.name;
  let found = false;
  visit(getItem, (node) => {
    if (node.kind === 'Assign') found ||= node.targets.some((target) => isPlaceOf(own, target));
    else if (node.kind === 'AugAssign') found ||= isPlaceOf(own, node.target);
    return undefined;
  });
  return found;
}

/** `self.name[…]`. */
function isPlaceOf(own: string | undefined, target: Expr): boolean {
  if (target.kind !== 'Subscript' || target.object.kind !== 'Attribute') return false;
  const { object } = target.object;
  return object.kind === 'Name' && object.id === own;
}

/** `self.data = data.to(device)`: processes cannot share what lies on the GPU, and nothing is left to prepare. */
function keepsOnDevice(program: Program, init: FunctionDef): boolean {
  let found = false;
  visit(init, (node) => {
    if (node.kind !== 'Call' || node.callee.kind !== 'Attribute') return undefined;
    const [to] = [...node.args, ...node.keywords.map((k) => k.value)];
    const named = to !== undefined && (onCuda(program.valueOf(to)) === 'yes' || /device/i.test(lastName(to)));
    if (node.callee.name === 'cuda' || (node.callee.name === 'to' && named))
      found ||= program.statementOf(node)?.kind === 'Assign' && onCuda(program.valueOf(node)) !== 'no';
    return undefined;
  });
  return found;
}

/** A lambda among the arguments, here or in the value a name stands for: it cannot be pickled. */
export function holdsLambda(program: Program, root: Node, depth = 0): boolean {
  let found = false;
  visit(root, (node) => {
    if (node.kind === 'Lambda') found = true;
    if (node.kind === 'Name' && depth < 3)
      for (const source of program.valueOf(node).sources)
        if (
          source !== root &&
          (source.kind === 'Call' || source.kind === 'Lambda') &&
          source.end - source.start < 4000
        )
          found ||= holdsLambda(program, source, depth + 1);
    return undefined;
  });
  return found;
}

export function lastName(expr: Expr): string {
  if (expr.kind === 'Name') return expr.id;
  if (expr.kind === 'Attribute') return expr.name;
  return '';
}
