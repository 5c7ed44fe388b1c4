/** Sums and lists that outlive a step and take values which still hold the graph of a backward pass. */

import { gradientsOff } from '../../python/gradMode.ts';
import { guardAround } from '../../python/guardAround.ts';
import type { Expr, FunctionDef, Module, Node, Stmt } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { onCuda } from '../../python/values.ts';
import { boundNames, dottedName, visit, visitOwn } from '../../python/walk.ts';
import { isForward } from '../../python/work.ts';

export interface KeptGraph {
  readonly statement: Node;
  /** What is added, without the target. */
  readonly added: Expr;
  readonly target: string;
  /** Whether a backward pass goes through it before the step ends. */
  readonly backwarded: boolean;
  readonly onCuda: boolean;
}

/** In the order of the text. */
export function keptGraphs(program: Program, region: StepRegion): KeptGraph[] {
  const { root, owner } = region;
  const around = owner ?? program.module;
  const backwarded = new Set(backwardedNames(program, region));
  const outliving = new Outliving(program, region);
  const out: KeptGraph[] = [];
  for (const statement of region.body.body)
    visitOwn(statement, (node) => {
      const addition = additionOf(node);
      if (addition === undefined) return undefined;
      const { target, added, sum } = addition;
      // A sum made without gradients holds no graph; a list holds whatever is put into it.
      if (sum && gradientsOff(program, node) === 'yes') return undefined;
      if (!outliving.has(target, node)) return undefined;
      if (guardAround(program, region, node) === 'cadence') return undefined;
      const sources = new Set<string>();
      if (!holdsGraph(program, root, added, node, sources, backwarded, 0)) return undefined;
      // Whoever goes backward through the sum needs what it holds.
      if (reachesBackward(program, around, target)) return undefined;
      out.push({
        statement: node,
        added,
        target,
        backwarded: region.role === 'train',
        onCuda: onCuda(program.valueOf(added)) === 'yes',
      });
      return undefined;
    });
  return out;
}

interface Addition {
  readonly target: string;
  readonly added: Expr;
  /** Rather than a list. */
  readonly sum: boolean;
}

/** `total += x`, `total = total + x`, `sums[key] += x`, `values.append(x)`. */
function additionOf(node: Node): Addition | undefined {
  if (node.kind === 'AugAssign' && node.operator === '+=') {
    const target = pathOf(node.target);
    return target === undefined ? undefined : { target, added: node.value, sum: true };
  }
  if (node.kind === 'Assign' && node.targets.length === 1 && node.value?.kind === 'Binary') {
    const [only] = node.targets;
    const target = only === undefined ? undefined : pathOf(only);
    const { operator, left, right } = node.value;
    if (target === undefined || operator !== '+') return undefined;
    if (pathOf(left) === target && only?.kind === left.kind) return { target, added: right, sum: true };
    if (pathOf(right) === target && only?.kind === right.kind) return { target, added: left, sum: true };
    return undefined;
  }
  const call = node.kind === 'Expr' && node.value.kind === 'Call' ? node.value : undefined;
  const added = call?.args[0];
  if (call?.callee.kind !== 'Attribute' || call.callee.name !== 'append' || added === undefined)
    return undefined;
  const target = pathOf(call.callee.object);
  return target === undefined ? undefined : { target, added, sum: false };
}

/** `sums` for `sums[key]`. */
function pathOf(expr: Expr): string | undefined {
  return expr.kind === 'Subscript' ? pathOf(expr.object) : dottedName(expr);
}

/** Which names outlive a step: bound before it and not made anew in it. */
class Outliving {
  private readonly program: Program;
  private readonly region: StepRegion;
  private step: Makers | undefined;
  private scope: Makers | undefined;

  constructor(program: Program, region: StepRegion) {
    this.program = program;
    this.region = region;
  }

  has(path: string, addition: Node): boolean {
    const { program, region } = this;
    this.step ??= makersIn(region.body.body);
    if (isMade(this.step, path, addition)) return false;
    if (path.startsWith('self.')) return true;
    if (path.includes('.') || region.root.kind === 'Function') return false;
    this.scope ??= makersIn(region.owner?.body.body ?? program.module.body.body);
    return isMade(this.scope, path, addition);
  }
}

type Makers = ReadonlyMap<string, readonly Node[]>;

function isMade(makers: Makers, path: string, except: Node): boolean {
  return makers.get(path)?.some((node) => node !== except) === true;
}

/** What binds or empties each name of a block. */
function makersIn(block: readonly Stmt[]): Makers {
  const out = new Map<string, Node[]>();
  for (const statement of block)
    visitOwn(statement, (node) => {
      for (const path of madeBy(node)) {
        const others = out.get(path);
        if (others === undefined) out.set(path, [node]);
        else others.push(node);
      }
      return undefined;
    });
  return out;
}

function madeBy(node: Node): readonly string[] {
  switch (node.kind) {
    case 'Assign':
      return node.targets.flatMap(namesOf);
    case 'For':
      return namesOf(node.target);
    case 'With':
      return node.items.flatMap(({ target }) => (target === null ? [] : boundNames(target)));
    case 'Call': {
      // `values.clear()` empties it on every step.
      const { callee } = node;
      const path =
        callee.kind === 'Attribute' && callee.name === 'clear' ? dottedName(callee.object) : undefined;
      return path === undefined ? [] : [path];
    }
    default:
      return [];
  }
}

function namesOf(target: Expr): readonly string[] {
  const path = dottedName(target);
  return path === undefined ? boundNames(target) : [path];
}

/** Names that the step goes backward from; what a hook of a framework returns among them. */
function backwardedNames(program: Program, region: StepRegion): string[] {
  const out: string[] = [];
  visit(region.root, (node) => {
    if (
      node.kind === 'Call' &&
      node.callee.kind === 'Attribute' &&
      /^(manual_)?backward$/.test(node.callee.name)
    ) {
      for (const part of [node.callee.object, ...node.args]) {
        const name = lossName(program, part);
        if (name !== undefined) out.push(name);
      }
    }
    if (
      node.kind === 'Return' &&
      node.value !== null &&
      region.framework !== 'none' &&
      region.role === 'train'
    ) {
      const name = dottedName(node.value);
      if (name !== undefined) out.push(name);
    }
    return undefined;
  });
  return out;
}

/** `loss` for `loss`, `loss / n` and `scaler.scale(loss)`. */
function lossName(program: Program, expr: Expr): string | undefined {
  if (expr.kind === 'Name' || expr.kind === 'Attribute') return dottedName(expr);
  if (expr.kind === 'Binary') return lossName(program, expr.left) ?? lossName(program, expr.right);
  if (expr.kind === 'Call' && expr.callee.kind === 'Attribute') {
    const [first] = expr.args;
    if (expr.callee.name === 'scale' && first !== undefined) return lossName(program, first);
    return /^(mean|sum)$/.test(expr.callee.name) ? lossName(program, expr.callee.object) : undefined;
  }
  return undefined;
}

const keepsGraph =
  /^(mean|sum|clone|float|double|half|cpu|cuda|to|view|reshape|squeeze|flatten|mul|div|add|sub|abs|neg|exp|log|sqrt|pow|softmax|log_softmax|sigmoid|contiguous)$/;

/** Whether a value still hangs on a graph: only what can be shown. */
function holdsGraph(
  program: Program,
  root: Node,
  expr: Expr,
  at: Node,
  seen: Set<string>,
  backwarded: ReadonlySet<string>,
  depth: number,
): boolean {
  if (depth > 8) return false;
  const v = program.valueOf(expr);
  if (v.dtype === 'int' || v.dtype === 'bool' || v.kind === 'number' || v.kind === 'array') return false;
  const below = (e: Expr, place: Node = at): boolean =>
    holdsGraph(program, root, e, place, seen, backwarded, depth + 1);
  switch (expr.kind) {
    case 'Binary':
      return /^[-+*/]$/.test(expr.operator) && (below(expr.left) || below(expr.right));
    case 'Unary':
      return expr.operator === '-' && below(expr.operand);
    case 'Name': {
      const definition = lastDefinition(program, root, expr, at);
      const known = definition !== undefined && !seen.has(expr.id);
      if (known) {
        seen.add(expr.id);
        if (detached(program, definition.value)) return false;
        if (below(definition.value, definition.statement)) return true;
      }
      // Nobody can go backward from what holds no graph.
      return (
        backwarded.has(expr.id) &&
        onCuda(v) !== 'no' &&
        !(known && /detach|\.item\(|\.data\b/.test(program.textOf(definition.value)))
      );
    }
    case 'Attribute':
      return /^(loss|logits|last_hidden_state)$/.test(expr.name) && below(expr.object);
    case 'Call': {
      if (expr.callee.kind === 'Attribute' && keepsGraph.test(expr.callee.name))
        return below(expr.callee.object);
      if (isForward(program.machine, expr) || isLoss(program, expr, below))
        return gradientsOff(program, expr) === 'no' && trainable(program, expr);
      return false;
    }
    default:
      return false;
  }
}

/** A loss of something that hangs on a graph. */
function isLoss(
  program: Program,
  call: Extract<Expr, { kind: 'Call' }>,
  below: (e: Expr) => boolean,
): boolean {
  const callee = program.valueOf(call.callee);
  const loss =
    /^torch\.nn\.functional\.\w+$/.test(callee.type) ||
    (callee.kind === 'module' && /Loss\d?d?$|^loss$/.test(callee.type));
  return loss && [...call.args, ...call.keywords.map((k) => k.value)].some((e) => below(e));
}

function trainable(program: Program, call: Extract<Expr, { kind: 'Call' }>): boolean {
  const callee = program.valueOf(call.callee);
  return callee.kind !== 'module' || callee.grad !== 'no';
}

function detached(program: Program, value: Expr): boolean {
  return /\.(detach|item|numpy|tolist)\(\)|\.data$/.test(program.textOf(value)) && value.kind === 'Call';
}

interface Definition {
  readonly value: Expr;
  readonly statement: Stmt;
}

/** The assignment inside the step that a name has its value from, where the text before says so. */
function lastDefinition(
  program: Program,
  root: Node,
  name: Extract<Expr, { kind: 'Name' }>,
  before: Node,
): Definition | undefined {
  let last: Definition | undefined;
  visit(root, (node) => {
    if (node.kind === 'Assign' && node.value !== null && node.start < before.start && node !== before)
      for (const target of node.targets)
        if (target.kind === 'Name' && target.id === name.id) last = { value: node.value, statement: node };
    return undefined;
  });
  return last !== undefined && program.functionOf(last.statement) === program.functionOf(name)
    ? last
    : undefined;
}

/** Whether somebody goes backward through a sum or list, also under other names and at callers. */
function reachesBackward(program: Program, around: FunctionDef | Module, path: string, depth = 0): boolean {
  const names = new Set([path]);
  const scope: readonly Stmt[] = path.startsWith('self.') ? program.module.body.body : around.body.body;
  const mentions = (expr: Node): boolean => {
    let found = false;
    visit(expr, (node) => {
      if ((node.kind === 'Name' || node.kind === 'Attribute') && names.has(dottedName(node) ?? ''))
        found = true;
      return found ? false : undefined;
    });
    return found;
  };
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const statement of scope)
      visit(statement, (node) => {
        if (node.kind === 'Assign' && node.value !== null && mentions(node.value))
          for (const t of node.targets)
            for (const n of [dottedName(t), ...boundNames(t)]) if (n !== undefined) names.add(n);
        if (node.kind === 'AugAssign' && mentions(node.value)) names.add(pathOf(node.target) ?? path);
        return undefined;
      });
  }
  let found = false;
  let returned = false;
  for (const statement of scope)
    visit(statement, (node) => {
      if (node.kind === 'Return' && node.value !== null && mentions(node.value)) returned = true;
      if (
        node.kind === 'Call' &&
        node.callee.kind === 'Attribute' &&
        /^((manual_)?backward|grad|minimize)$/.test(node.callee.name) &&
        [node.callee.object, ...node.args].some(mentions)
      )
        found = true;
      return undefined;
    });
  if (found) return true;
  if (!returned || !('defStart' in around) || depth > 3) return false;
  return program.callsOf(around).some((call) => {
    const statement = program.statementOf(call);
    const caller = program.functionOf(call) ?? program.module;
    if (statement?.kind !== 'Assign') return statement?.kind === 'Return';
    return statement.targets.some((t) =>
      [dottedName(t), ...boundNames(t)].some(
        (n) => n !== undefined && reachesBackward(program, caller, n, depth + 1),
      ),
    );
  });
}
