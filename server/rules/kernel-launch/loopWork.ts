/** Whether all that a loop does in a turn could be done to the whole at once: arithmetic of tensors that no other turn has a part in. */

import { askingFunction, askingMethod, quietTensorMethod } from '../../python/knowledge/quiet.ts';
import { isTensorMethod } from '../../python/knowledge/tensors.ts';
import type { Call, Expr, For, Node, Stmt } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { onCuda } from '../../python/values.ts';
import { boundNames, dottedName, visit } from '../../python/walk.ts';

/** What becomes of the turns. */
export interface LoopWork {
  /** Lists that take a value in each turn. */
  readonly lists: ReadonlySet<string>;
}

/** Undefined where a turn does something else, or something that depends on what another turn did. */
export function loopWork(program: Program, loop: For): LoopWork | undefined {
  const turn = new Turn(program, loop);
  return turn.takes(loop.body.body) && turn.writes && turn.isAlone() ? { lists: turn.lists } : undefined;
}

class Turn {
  readonly lists = new Set<string>();
  writes = false;
  private readonly program: Program;
  private readonly loop: For;
  /** Names that the loop and those in it count by. */
  private readonly counters: Set<string>;
  /** Given a value somewhere in a turn. */
  private readonly bound = new Set<string>();
  /** Given a value in this turn, before it is read. */
  private readonly made = new Set<string>();
  private readonly sums = new Set<string>();
  /** `out[i]` by `out`: where something was written to. */
  private readonly filled = new Map<string, Set<string>>();

  constructor(program: Program, loop: For) {
    this.program = program;
    this.loop = loop;
    this.counters = new Set(boundNames(loop.target));
    this.eachNode((node) => {
      if (node.kind === 'Assign')
        for (const id of node.targets.flatMap((target) => boundNames(target))) this.bound.add(id);
      return undefined;
    });
  }

  takes(statements: readonly Stmt[]): boolean {
    return statements.every((statement) => this.takesOne(statement));
  }

  private takesOne(statement: Stmt): boolean {
    switch (statement.kind) {
      case 'Pass':
        return true;
      case 'Assign':
        return (
          statement.value !== null &&
          this.computes(statement.value) &&
          statement.targets.every((target) => this.writesTo(target))
        );
      case 'AugAssign':
        if (!this.computes(statement.value)) return false;
        if (statement.target.kind !== 'Name') return this.writesTo(statement.target);
        if (this.made.has(statement.target.id)) return true;
        this.sums.add(statement.target.id);
        this.writes = true;
        return /^[-+]=$/.test(statement.operator);
      case 'Expr':
        return statement.value.kind === 'Call' && this.keeps(statement.value);
      case 'For': {
        for (const name of boundNames(statement.target)) this.counters.add(name);
        const { iterable } = statement;
        const counts =
          iterable.kind === 'Call' && this.program.valueOf(iterable.callee).type === 'builtins.range';
        return counts && iterable.args.every((arg) => this.computes(arg)) && this.takes(statement.body.body);
      }
      default:
        return false;
    }
  }

  /** `rows.append(value)`, or a change of the element in its place. */
  private keeps(call: Call): boolean {
    if (call.callee.kind !== 'Attribute') return false;
    const { object, name } = call.callee;
    if (name === 'append' && object.kind === 'Name' && call.args.length === 1) {
      this.lists.add(object.id);
      this.writes = true;
      return call.args.every((arg) => this.computes(arg));
    }
    this.writes = true;
    return /[a-z]_$/.test(name) && this.computes(call);
  }

  private writesTo(target: Expr): boolean {
    if (target.kind === 'Name') {
      this.made.add(target.id);
      return true;
    }
    const path = target.kind === 'Subscript' ? dottedName(target.object) : undefined;
    if (target.kind !== 'Subscript' || path === undefined) return false;
    const filled = this.program.valueOf(target.object);
    // A list or a mapping that takes tensors is not one of them; what goes to the host is waited for, which is another matter.
    if (filled.kind !== 'tensor' || onCuda(filled) === 'no') return false;
    const texts = this.filled.get(path) ?? new Set();
    texts.add(target.indices.map((i) => this.program.textOf(i)).join());
    this.filled.set(path, texts);
    this.writes = true;
    // Where tensors say the places, two turns may fill the same one, and the last of them counts.
    const places = target.indices.filter((i) => this.mentions(i));
    return (
      places.length > 0 &&
      places.every((i) => this.program.valueOf(i).kind !== 'tensor') &&
      target.indices.every((i) => this.selects(i))
    );
  }

  /** Only arithmetic, elements by number, and functions of torch that work on many as on one. */
  private computes(expr: Expr): boolean {
    switch (expr.kind) {
      case 'Number':
      case 'Literal':
      case 'String':
        return true;
      case 'Name':
        return this.reads(expr.id);
      case 'Attribute':
        return this.computes(expr.object);
      case 'Binary':
        return this.computes(expr.left) && this.computes(expr.right);
      case 'Unary':
        return expr.operator !== 'not' && this.computes(expr.operand);
      case 'Compare':
        return expr.operators.every((o) => !/in|is/.test(o)) && expr.operands.every((o) => this.computes(o));
      case 'Tuple':
      case 'List':
        return expr.items.every((item) => this.computes(item));
      case 'Subscript':
        return this.computes(expr.object) && expr.indices.every((i) => this.selects(i));
      case 'Call':
        return (
          this.isBatchable(expr) &&
          [...expr.args, ...expr.keywords.map((k) => k.value)].every((a) => this.computes(a))
        );
      default:
        return false;
    }
  }

  /** A name that a later statement of the turn gives a value holds what the turn before left there. */
  private reads(id: string): boolean {
    return this.counters.has(id) || this.made.has(id) || !this.bound.has(id);
  }

  private isBatchable(call: Call): boolean {
    const { callee } = call;
    const { kind, type } = this.program.valueOf(callee);
    if (kind === 'library')
      return (
        /^builtins\.len$/.test(type) ||
        (/^torch\.(nn\.functional\.)?[a-z]\w*$/.test(type) && !askingFunction.test(type) && !alone.test(type))
      );
    if (callee.kind !== 'Attribute' || askingMethod.test(callee.name)) return false;
    // What a row is called is all that is known of many.
    if (!/^(tensor|unknown)$/.test(this.program.valueOf(callee.object).kind)) return false;
    const isKnown = isTensorMethod(callee.name) || quietTensorMethod.test(callee.name);
    return isKnown && this.computes(callee.object);
  }

  /** How many a slice holds must not differ from turn to turn. */
  private selects(index: Expr): boolean {
    if (index.kind === 'Slice')
      return index.parts.every((part) => !this.mentions(part) && this.computes(part));
    const v = this.program.valueOf(index);
    if (v.kind === 'tensor' && v.dtype !== 'int' && v.scalar !== 'yes' && !this.mentions(index)) return false;
    if (v.dtype === 'bool') return false;
    return this.computes(index);
  }

  /** Whether an expression is another one in each turn. */
  private mentions(expr: Expr): boolean {
    let found = false;
    visit(expr, (node) => {
      found ||= node.kind === 'Name' && (this.counters.has(node.id) || this.made.has(node.id));
      return undefined;
    });
    return found;
  }

  private eachNode(look: (node: Node) => undefined): void {
    for (const statement of this.loop.body.body) visit(statement, look);
  }

  /** Whether no turn reads what another one has written or added up. */
  isAlone(): boolean {
    let alone = true;
    this.eachNode((node) => {
      const up = this.program.parents.get(node);
      if (node.kind === 'Name' && (this.sums.has(node.id) || this.lists.has(node.id)))
        alone &&=
          (up?.kind === 'AugAssign' && up.target === node) ||
          (up?.kind === 'Attribute' && up.name === 'append');
      const path = node.kind === 'Name' || node.kind === 'Attribute' ? dottedName(node) : undefined;
      const places = path === undefined ? undefined : this.filled.get(path);
      if (places !== undefined && up?.kind !== 'Attribute')
        alone &&=
          up?.kind === 'Subscript' &&
          up.object === node &&
          places.size === 1 &&
          places.has(up.indices.map((i) => this.program.textOf(i)).join());
      return undefined;
    });
    return alone;
  }
}

/** What draws, sorts out or looks for something, row by row. */
const alone =
  /\.(rand\w*|bernoulli|normal|where|searchsorted|bucketize|interpolate|grid_sample|unfold|fold|from_numpy|tensor|as_tensor|arange|linspace|conv\w*)$/;
