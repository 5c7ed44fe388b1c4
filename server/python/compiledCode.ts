/** Functions that a compiler of torch runs instead of Python: what they would wait for is for the compiler to say. */

import type { Call, Expr, FunctionDef } from './nodes.ts';
import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';
import type { Visit } from './regionWalker.ts';
import type { FunctionInfo, Value } from './values.ts';

const compiler = /^torch\.(compile|_dynamo\.optimize|jit\.(script|script_method|trace|script_if_tracing))$/;

/** Whether a place of a step runs inside compiled code: its own function, or one of those by which the step came there. */
export function runsCompiled(program: Program, region: StepRegion, visit: Visit): boolean {
  const around = new Set<FunctionDef | undefined>([visit.within]);
  for (let { via } = visit; via !== undefined; via = via.via) around.add(program.functionOf(via.call));
  if (region.root.kind === 'Function') around.add(region.root);
  return [...around].some((fn) => {
    const info = fn === undefined ? undefined : program.infoOf(fn);
    return info !== undefined && compiledFunctions(program).has(info);
  });
}

const known = new WeakMap<Program, ReadonlySet<FunctionInfo>>();

function compiledFunctions(program: Program): ReadonlySet<FunctionInfo> {
  const before = known.get(program);
  if (before !== undefined) return before;
  const found = new Set<FunctionInfo>();
  const { functions, functionOf } = program.machine.scopes;
  for (const info of functions) if (info.node.decorators.some((d) => compiles(program, d))) found.add(info);
  for (const call of program.syntax.all('Call'))
    for (const compiled of handedOver(program, call)) {
      for (const info of compiled.functions) found.add(info);
      // A network is compiled with all that its pass runs.
      const owner = compiled.classInfo;
      if (owner !== undefined)
        for (const info of functionOf.values()) if (info.owner === owner) found.add(info);
    }
  known.set(program, found);
  return found;
}

/** `@torch.compile`, `@torch.compile(dynamic=True)`, `@partial(torch.compile, dynamic=True)` */
function compiles(program: Program, decorator: Expr): boolean {
  if (decorator.kind !== 'Call') return compiler.test(program.valueOf(decorator).type);
  return [decorator.callee, ...decorator.args].some((part) => compiler.test(program.valueOf(part).type));
}

/** What a call has compiled: `torch.compile(model)`, `model.compile()`. */
function handedOver(program: Program, call: Call): readonly Value[] {
  const [first] = call.args;
  const callee = program.valueOf(call.callee);
  if (callee.kind === 'library' && compiler.test(callee.type))
    return first === undefined ? [] : [program.valueOf(first)];
  if (call.callee.kind !== 'Attribute' || call.callee.name !== 'compile') return [];
  const object = program.valueOf(call.callee.object);
  return object.kind === 'module' ? [object] : [];
}
