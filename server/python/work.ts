/** What a stretch of code does to a model, also through the functions it calls: forward, backward, optimizer step. */

import type { Interpreter } from './interpreter.ts';
import { forwardMethods } from './knowledge/constructors.ts';
import { sinkFunction, sinkMethod, sinkName } from './knowledge/sinks.ts';
import type { Block, Call, Expr, Node } from './nodes.ts';
import type { FunctionInfo } from './values.ts';
import { visit } from './walk.ts';

export interface Work {
  readonly forward: boolean;
  readonly backward: boolean;
  readonly optimizerStep: boolean;
}

const nothing: Work = { forward: false, backward: false, optimizerStep: false };

export class WorkFinder {
  private readonly machine: Interpreter;
  private readonly memo = new Map<string, Work>();
  private readonly ids = new Map<FunctionInfo, number>();

  constructor(machine: Interpreter) {
    this.machine = machine;
  }

  /** `shallow` leaves out what stands in loops inside: work done once each time the block runs. */
  of(nodes: readonly Node[], shallow: boolean, active: ReadonlySet<FunctionInfo> = new Set()): Work {
    let { forward, backward, optimizerStep } = nothing;
    const add = (w: Work): void => {
      forward ||= w.forward;
      backward ||= w.backward;
      optimizerStep ||= w.optimizerStep;
    };
    for (const root of nodes)
      visit(root, (node) => {
        if (node.kind === 'Function' || node.kind === 'Class' || node.kind === 'Lambda') return false;
        if (shallow && (node.kind === 'For' || node.kind === 'While')) return false;
        if (node.kind === 'Call') {
          add(this.ofCall(node));
          for (const info of this.machine.targets.get(node) ?? [])
            if (!active.has(info)) add(this.ofFunction(info, shallow, active));
          const foreign = this.machine.foreignCalls.get(node)?.summary;
          if (foreign !== undefined) add(shallow ? foreign.shallowWork : foreign.work);
        }
        return undefined;
      });
    return { forward, backward, optimizerStep };
  }

  ofBlock(block: Block, shallow: boolean): Work {
    return this.of(block.body, shallow);
  }

  ofFunction(info: FunctionInfo, shallow: boolean, active: ReadonlySet<FunctionInfo> = new Set()): Work {
    if (active.size > 12) return nothing;
    let id = this.ids.get(info);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(info, id);
    }
    const key = `${id}${shallow ? 's' : 'd'}`;
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    // In a cycle the outer question answers for all.
    this.memo.set(key, nothing);
    const work = this.of(info.node.body.body, shallow, new Set([...active, info]));
    this.memo.set(key, work);
    return work;
  }

  private ofCall(call: Call): Work {
    const callee = call.callee;
    if (isForward(this.machine, call)) return { ...nothing, forward: true };
    if (this.handsLossAndOptimizer(call)) return { forward: false, backward: true, optimizerStep: true };
    if (takesGradients.test(this.machine.values.get(callee)?.type ?? ''))
      return { ...nothing, backward: true };
    if (callee.kind !== 'Attribute') return nothing;
    if (/^(backward|manual_backward)$/.test(callee.name)) return { ...nothing, backward: true };
    if (callee.name === 'step' || callee.name === 'minimize') {
      const object = this.machine.values.get(callee.object);
      if (object?.kind === 'optimizer' || /optim|(^|[._])opt([A-Z_\d]|$)|scaler/i.test(nameOf(callee.object)))
        return { ...nothing, optimizerStep: true };
    }
    return nothing;
  }

  /** `scaler(loss, optimizer)`: whoever takes both goes backward and steps, such as timm's scaler. */
  private handsLossAndOptimizer(call: Call): boolean {
    const { targets, foreignCalls } = this.machine;
    if ((targets.get(call) ?? []).length > 0 || foreignCalls.has(call)) return false;
    if (this.records(call.callee)) return false;
    const given = [...call.args, ...call.keywords.map((k) => k.value)];
    return (
      given.some((arg) => this.machine.values.get(arg)?.kind === 'optimizer') &&
      given.some((arg) => lossName.test(nameOf(arg)))
    );
  }

  private records(callee: Expr): boolean {
    const name = nameOf(callee);
    const type = this.machine.values.get(callee)?.type ?? '';
    return sinkFunction.test(type) || (callee.kind === 'Attribute' ? sinkMethod : sinkName).test(name);
  }
}

/** Functions that ask for gradients by themselves. */
const takesGradients = /^torch\.autograd\.(grad|backward|functional\.\w+)$/;

/** What a loss goes by. */
const lossName = /(^|_)loss(es)?(_|$)|Loss$/;

/** The network of `net(x)`, `net.forward(x)` and, where the method is not in sight, `net.encode_text(x)`. */
function runBy(machine: Interpreter, call: Call): Expr {
  const { callee } = call;
  if (callee.kind !== 'Attribute') return callee;
  if (callee.name === 'forward') return callee.object;
  const inSight = (machine.targets.get(call)?.length ?? 0) > 0 || machine.foreignCalls.has(call);
  return forwardMethods.test(callee.name) && !inSight ? callee.object : callee;
}

/** Whether a call runs the forward pass of a network, as opposed to a loss. */
export function isForward(machine: Interpreter, call: Call): boolean {
  const v = machine.values.get(runBy(machine, call));
  if (v?.kind !== 'module') return false;
  return !/Loss\d?d?$|^loss$|^(monai\.losses|lpips|torchmetrics)\./.test(v.type);
}

/** The network that a call runs, by itself or through a method of a class in another file. */
export function networkRun(machine: Interpreter, call: Call): Expr | undefined {
  const { callee } = call;
  if (isForward(machine, call)) return runBy(machine, call);
  if (callee.kind !== 'Attribute' || machine.values.get(callee.object)?.kind !== 'module') return undefined;
  return machine.foreignCalls.get(call)?.summary.shallowWork.forward === true ? callee.object : undefined;
}

function nameOf(expr: Expr): string {
  if (expr.kind === 'Name') return expr.id;
  if (expr.kind === 'Attribute') return expr.name;
  if (expr.kind === 'Subscript') return nameOf(expr.object);
  return '';
}
