/** Decides for each read of a step what becomes of it, and of the names its value travels under. */

import { indentOf, lineEnd, nameOfModule, newlineOf } from '../../engine/edits.ts';
import type { TextEdit } from '../../engine/finding.ts';
import { guardAround } from '../../python/guardAround.ts';
import type { Call, Expr, Name, Node, Stmt } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Dtype } from '../../python/values.ts';
import { visit } from '../../python/walk.ts';
import type { DeviceRead } from './deviceReads.ts';

export class SyncPlan {
  /** Statements that go behind the cadence test. */
  readonly guarded = new Set<Stmt>();
  /** Whether some sum now lives on the device. */
  sums = false;
  private readonly program: Program;
  private readonly region: StepRegion;
  private readonly detached = new Map<Expr, string>();
  private readonly wrapped = new Set<Name>();
  private readonly after = new Map<string, string>();
  private readonly onDevice = new Set<string>();

  constructor(program: Program, region: StepRegion) {
    this.program = program;
    this.region = region;
  }

  /** False when this read cannot be moved. */
  add(read: DeviceRead): boolean {
    const statement = this.program.statementOf(read.expr);
    if (statement === undefined || !this.isOwn(statement)) return false;
    if (this.guarded.has(statement)) return true;
    const straight = isArithmetic(this.program, read.expr, statement);
    if (statement.kind === 'AugAssign' && statement.target.kind === 'Name') {
      if (straight) return this.detach(read) && this.sum(statement.target.id, this.dtypeOf(statement.value));
      return this.listed(statement.value, read) && this.detach(read) && this.collected(statement.target);
    }
    if (statement.kind === 'Expr') {
      const list = appendTarget(statement.value);
      if (list !== undefined && isArithmetic(this.program, read.expr, statement.value))
        return this.detach(read) && this.collected(list);
      this.guarded.add(statement);
      return true;
    }
    const target =
      statement.kind === 'Assign' && statement.targets.length === 1 ? statement.targets[0] : undefined;
    // The text of a progress bar.
    if (target?.kind === 'Attribute' && /^(desc|postfix)$/.test(target.name)) {
      this.guarded.add(statement);
      return true;
    }
    if (target?.kind !== 'Name') return false;
    if (this.guardWithUses(statement, target.id)) return true;
    // The name of the tensor itself is taken again for the number: one of the two would change its meaning.
    if (read.tensor.kind === 'Name' && read.tensor.id === target.id) return false;
    return straight && this.detach(read) && this.scalar(target.id, statement);
  }

  /** Edits other than the guards. */
  edits(): TextEdit[] {
    const out: TextEdit[] = [];
    for (const [expr, text] of this.detached) out.push({ start: expr.start, end: expr.end, text });
    for (const use of this.wrapped) {
      if ([...this.detached.keys()].some((d) => use.start >= d.start && use.end <= d.end)) continue;
      out.push({ start: use.start, end: use.end, text: `float(${use.id})` });
    }
    if (this.after.size > 0) {
      const { text } = this.program;
      const indent = indentOf(text, this.region.root) ?? '';
      const newline = newlineOf(text);
      const at = lineEnd(text, this.region.root.end);
      out.push({
        start: at,
        end: at,
        text: [...this.after.values()].map((line) => `${newline}${indent}${line}`).join(''),
      });
    }
    return out;
  }

  /** Statements of the loop's own function: what called functions do is not ours to move. */
  private isOwn(statement: Stmt): boolean {
    const { root } = this.region;
    return (
      statement.start >= root.start &&
      statement.end <= root.end &&
      this.program.functionOf(statement) === this.region.owner
    );
  }

  private detach(read: DeviceRead): boolean {
    const text = this.program.textOf(read.tensor);
    const v = this.program.valueOf(read.tensor);
    const whole = v.dtype === 'int' || v.dtype === 'bool';
    const bare = /\.(detach\(\)|data)$/.test(text) || whole;
    // An operator binds less than the dot: `a == b` needs its brackets back.
    const simple = ['Name', 'Attribute', 'Call', 'Subscript'].includes(read.tensor.kind);
    const body = simple ? text : `(${text})`;
    this.detached.set(read.expr, bare ? body : `${body}.detach()`);
    return true;
  }

  /** A name that holds a device number from here on: every use must bear that. */
  private scalar(id: string, definition: Stmt | undefined): boolean {
    if (this.onDevice.has(id)) return true;
    this.onDevice.add(id);
    for (const use of this.usesOf(id)) {
      const statement = this.program.statementOf(use);
      if (statement === undefined || this.program.functionOf(use) !== this.region.owner) return false;
      if (!this.isOwn(statement)) {
        if (use.start < this.region.root.start) continue;
        this.convertAfter(id, this.dtypeOf(use));
        continue;
      }
      if (
        definition !== undefined &&
        use.end <= definition.start &&
        this.program.valueOf(use).kind === 'tensor'
      )
        continue;
      if (!this.use(use, statement)) return false;
    }
    return true;
  }

  private use(use: Name, statement: Stmt): boolean {
    if (guardAround(this.program, this.region, use) === 'cadence') {
      this.wrapped.add(use);
      return true;
    }
    if (this.guarded.has(statement)) {
      this.wrapped.add(use);
      return true;
    }
    if (
      statement.kind === 'AugAssign' &&
      statement.target.kind === 'Name' &&
      isArithmetic(this.program, use, statement)
    )
      return this.sum(statement.target.id, this.dtypeOf(statement.value));
    if (statement.kind === 'Assign' && statement.targets[0]?.kind === 'Name') {
      if (this.guardWithUses(statement, statement.targets[0].id)) {
        this.wrapped.add(use);
        return true;
      }
      return isArithmetic(this.program, use, statement) && this.scalar(statement.targets[0].id, statement);
    }
    if (statement.kind !== 'Expr') return false;
    const list = appendTarget(statement.value);
    if (list !== undefined && isArithmetic(this.program, use, statement.value)) return this.collected(list);
    this.guarded.add(statement);
    this.wrapped.add(use);
    return true;
  }

  private sum(id: string, dtype: Dtype): boolean {
    this.sums = true;
    if (this.usedAfter(id)) this.convertAfter(id, this.startsAsFloat(id) ? 'float' : dtype);
    return this.scalar(id, undefined);
  }

  /** A list that now holds device numbers: it becomes a list of Python numbers after the loop, in place. */
  private collected(list: Expr): boolean {
    if (list.kind !== 'Name') return false;
    const text = list.id;
    for (const use of this.usesOf(text)) {
      const statement = this.program.statementOf(use);
      if (statement === undefined || statement === this.program.statementOf(list)) continue;
      if (!this.isOwn(statement)) continue;
      if (appendTarget(statement.kind === 'Expr' ? statement.value : use) !== undefined) continue;
      return false;
    }
    this.after.set(text, `${text}[:] = [float(value) for value in ${text}]`);
    return true;
  }

  /** `total += [x.item()]` */
  private listed(value: Expr, read: DeviceRead): boolean {
    return value.kind === 'List' && value.items.length === 1 && value.items[0] === read.expr;
  }

  /** When a value is only recorded by statements beside its own, all of them go behind the test together. */
  private guardWithUses(statement: Stmt, id: string): boolean {
    const parent = this.program.parents.get(statement);
    const users = new Set<Stmt>();
    for (const use of this.usesOf(id)) {
      const user = this.program.statementOf(use);
      if (user === undefined || user === statement) continue;
      if (guardAround(this.program, this.region, use) === 'cadence') return false;
      if (user.kind !== 'Expr' || appendTarget(user.value) !== undefined) return false;
      if (this.program.parents.get(user) !== parent || user.start < statement.end) return false;
      users.add(user);
    }
    if (users.size === 0 || this.assignments(id) !== 1) return false;
    this.guarded.add(statement);
    for (const user of users) this.guarded.add(user);
    // What these lines read from names that moved to the device is read here.
    for (const user of [statement, ...users]) this.wrapKnown(user);
    return true;
  }

  private wrapKnown(statement: Stmt): void {
    visit(statement, (node) => {
      if (node.kind === 'Name' && this.onDevice.has(node.id)) this.wrapped.add(node);
      return undefined;
    });
  }

  private convertAfter(id: string, dtype: Dtype): void {
    if (this.after.has(id)) return;
    const torch = nameOfModule(this.program, 'torch');
    if (dtype === 'int' && !this.startsAsFloat(id)) this.after.set(id, `${id} = int(${id})`);
    else if (dtype === 'unknown' && torch !== undefined && !this.startsAsFloat(id))
      this.after.set(id, `${id} = ${id}.item() if ${torch}.is_tensor(${id}) else ${id}`);
    else this.after.set(id, `${id} = float(${id})`);
  }

  private dtypeOf(expr: Expr): Dtype {
    return this.program.valueOf(expr).dtype;
  }

  private startsAsFloat(id: string): boolean {
    let found = false;
    this.eachNode((node) => {
      if (
        node.kind === 'Assign' &&
        node.value?.kind === 'Number' &&
        node.value.float &&
        node.targets.some((t) => t.kind === 'Name' && t.id === id)
      )
        found = true;
    });
    return found;
  }

  private assignments(id: string): number {
    let count = 0;
    this.eachNode((node) => {
      if (node.kind === 'Assign' && node.targets.some((t) => t.kind === 'Name' && t.id === id)) count++;
      if (node.kind === 'AugAssign' && node.target.kind === 'Name' && node.target.id === id) count++;
    });
    return count;
  }

  private usedAfter(id: string): boolean {
    return this.usesOf(id).some((use) => use.start > this.region.root.end);
  }

  /** Reads of a name in the function around the loop. */
  private usesOf(id: string): Name[] {
    const out: Name[] = [];
    this.eachNode((node) => {
      if (node.kind !== 'Name' || node.id !== id) return;
      const parent = this.program.parents.get(node);
      if (parent?.kind === 'Assign' && parent.targets.includes(node)) return;
      if (parent?.kind === 'AugAssign' && parent.target === node) return;
      out.push(node);
    });
    return out;
  }

  private eachNode(look: (node: Node) => void): void {
    const roots: readonly Node[] =
      this.region.owner === undefined ? this.program.module.body.body : this.region.owner.body.body;
    for (const root of roots)
      visit(root, (node) => {
        look(node);
        return undefined;
      });
  }
}

/** Only `+ - * /` and signs lie between a value and the statement: a tensor may take its place. */
function isArithmetic(program: Program, from: Expr, to: Node): boolean {
  for (let up = program.parents.get(from); up !== undefined; up = program.parents.get(up)) {
    if (up === to) return true;
    if (up.kind === 'Binary' && /^[-+*/]$/.test(up.operator)) continue;
    if (up.kind === 'Unary' && up.operator === '-') continue;
    return false;
  }
  return false;
}

/** The list of `list.append(x)`. */
function appendTarget(value: Expr): Expr | undefined {
  const call: Call | undefined = value.kind === 'Call' ? value : undefined;
  if (call?.callee.kind !== 'Attribute' || call.callee.name !== 'append' || call.args.length !== 1)
    return undefined;
  return call.callee.object;
}
