/** One analysed file: what rules ask. Facts are computed once, when first asked for. */

import { EvaluationMode } from './evaluationMode.ts';
import { Interpreter } from './interpreter.ts';
import { meansCuda } from './knowledge/waiting.ts';
import { LibraryCallIndex } from './libraryCallIndex.ts';
import type { Call, Expr, FunctionDef, Module, Node, Stmt } from './nodes.ts';
import type { IncomingCall } from './project/incoming.ts';
import type { ProjectFacts } from './project/projectFacts.ts';
import { findHandlers, findRegions, functionAround, type StepRegion } from './regions.ts';
import { type Role, roleOf } from './role.ts';
import { type Parents, type Syntax, syntaxOf } from './syntax.ts';
import { Device, type FunctionInfo, type Tri, unknown, type Value } from './values.ts';
import { isStatement } from './walk.ts';
import { WorkFinder } from './work.ts';

export interface ProgramPlace {
  readonly path: string;
  readonly root?: string;
}

export class Program {
  readonly module: Module;
  readonly text: string;
  readonly role: Role;
  readonly machine: Interpreter;
  readonly syntax: Syntax;
  readonly parents: Parents;
  readonly work: WorkFinder;
  private readonly libraryCalls: LibraryCallIndex;
  readonly evaluationMode: EvaluationMode;
  private regionList: readonly StepRegion[] | undefined;
  private handlerList: readonly StepRegion[] | undefined;
  private cudaFact: Tri | undefined;

  constructor(module: Module, place: ProgramPlace, facts?: ProjectFacts) {
    this.module = module;
    this.text = module.text;
    this.role = roleOf(place.path, place.root, module);
    this.syntax = syntaxOf(module);
    this.parents = this.syntax.parents;
    this.machine = new Interpreter(module, facts);
    this.machine.run();
    this.work = new WorkFinder(this.machine);
    this.libraryCalls = new LibraryCallIndex(this.machine);
    this.evaluationMode = new EvaluationMode(this.machine, this.parents);
  }

  /** What an expression can be. */
  valueOf(expr: Expr): Value {
    return this.machine.values.get(expr) ?? unknown;
  }

  /** Calls of a library's function or class by its qualified name. */
  callsTo(type: string): readonly Call[] {
    return this.libraryCalls.callsTo(type);
  }

  get regions(): readonly StepRegion[] {
    this.regionList ??= findRegions(this.machine, this.work, this.evaluationMode, this.parents);
    return this.regionList;
  }

  /** Functions that a server calls for each request. */
  get handlers(): readonly StepRegion[] {
    this.handlerList ??= findHandlers(this.machine, this.parents);
    return this.handlerList;
  }

  /** Whether this program can run on CUDA: seen in the file, perhaps (a device from outside), or nothing says so. */
  get cuda(): Tri {
    if (this.cudaFact !== undefined) return this.cudaFact;
    let fact: Tri = 'no';
    let [named, meant] = [false, false];
    // XLA queues and Intel's CPU extension: what holds for CUDA does not hold there.
    if (
      /^\s*(import|from)\s+(torch_xla|intel_extension_for_pytorch|torch\.distributed\.rpc)\b/m.test(
        this.text,
      ) ||
      // What is left of a notebook's line that installs it.
      /^\s*0#.*\btorch[_-]xla\b/m.test(this.text)
    ) {
      this.cudaFact = 'no';
      return 'no';
    }
    for (const v of this.machine.values.values()) {
      if (v.kind === 'string' && v.constant === undefined) continue;
      if ((v.device & Device.cuda) !== 0) {
        fact = 'yes';
        break;
      }
      if ((v.device & Device.some) !== 0) fact = 'unknown';
      named ||= v.kind === 'device' || (v.kind === 'string' && v.device !== Device.none);
      meant ||= v.kind === 'library' && meansCuda.test(v.type);
    }
    // A program that names another device calls for CUDA's only where there is one.
    if (fact === 'no' && meant && !named) fact = 'unknown';
    this.cudaFact = fact;
    return fact;
  }

  functionOf(node: Node): FunctionDef | undefined {
    return functionAround(node, this.parents);
  }

  infoOf(node: FunctionDef): FunctionInfo | undefined {
    return this.machine.scopes.functionOf.get(node);
  }

  /** Calls in this file that reach a function. */
  callsOf(node: FunctionDef): readonly Call[] {
    const info = this.infoOf(node);
    return info === undefined ? [] : [...(this.machine.states.get(info)?.calls ?? [])];
  }

  /** Calls of a function from other files. */
  incomingOf(node: FunctionDef): readonly IncomingCall[] {
    const info = this.infoOf(node);
    return info === undefined ? [] : (this.machine.states.get(info)?.incoming ?? []);
  }

  escapes(node: FunctionDef): boolean {
    const info = this.infoOf(node);
    return info !== undefined && (this.machine.states.get(info)?.escapes ?? false);
  }

  /** The statement that an expression belongs to. */
  statementOf(node: Node): Stmt | undefined {
    for (let up: Node | undefined = node; up !== undefined; up = this.parents.get(up))
      if (isStatement(up)) return up;
    return undefined;
  }

  textOf(node: { readonly start: number; readonly end: number }): string {
    return this.text.slice(node.start, node.end);
  }
}

/** Analyses a parsed file, alone or with what the other files of its project say. */
export function analyse(module: Module, place: ProgramPlace, facts?: ProjectFacts): Program {
  return new Program(module, place, facts);
}
