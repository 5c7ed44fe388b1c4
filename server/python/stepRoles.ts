/** Functions that are part of a step by what they are, and what they are handed there. */

import type { Interpreter } from './interpreter.ts';
import { type StepRole, stepRoles } from './knowledge/roles.ts';
import type { Parameter } from './nodes.ts';
import { Device, type FunctionInfo, type Value, value } from './values.ts';

/** By name: few have any, and the same names are asked for again and again. */
const known = new Map<string, readonly StepRole[]>();
const mostKnown = 20_000;

function rolesOf(name: string): readonly StepRole[] {
  let roles = known.get(name);
  if (roles === undefined) {
    roles = stepRoles.filter((role) => role.names.test(name));
    if (known.size < mostKnown) known.set(name, roles);
  }
  return roles;
}

/** Undefined for what is part of a step only where one calls it. */
export function stepRoleOf(machine: Interpreter, info: FunctionInfo): StepRole | undefined {
  if (info.outer !== undefined) return undefined;
  const { name } = info.node;
  const roles = rolesOf(name);
  if (roles.length === 0) return undefined;
  const bases = info.owner === undefined ? [] : machine.classes.libraryBases(info.owner);
  return roles.find(
    ({ bases: of, owner }) =>
      (of === undefined || bases.some((base) => of.test(base))) &&
      (owner === undefined || (info.owner !== undefined && owner.test(info.owner.node.name))),
  );
}

/** What a parameter holds where nobody in sight says otherwise: what the step has on its device. */
export function handedInStep(
  machine: Interpreter,
  info: FunctionInfo,
  p: Parameter,
  annotated: Value | undefined,
): Value | undefined {
  if (!machine.trustsRoles || stepRoleOf(machine, info)?.onDevice.test(p.name) !== true) return undefined;
  if (!mayBeOnGpu(machine, info)) return undefined;
  if (annotated?.kind === 'tensor') return { ...annotated, device: Device.some };
  const open =
    p.annotation === null || /Tensor|Batch|Any|[Dd]ict|Mapping/.test(textOf(machine, p.annotation));
  const switched = p.fallback !== null && !(p.fallback.kind === 'Literal' && p.fallback.value === null);
  if (annotated !== undefined || !open || switched) return undefined;
  return value('unknown', { device: Device.some, assumed: true, type: 'batch' });
}

/** Called by programs without a GPU only, nothing of it is on one. */
function mayBeOnGpu(machine: Interpreter, info: FunctionInfo): boolean {
  const state = machine.states.get(info);
  if (state === undefined) return false;
  if (state.calls.size > 0) return machine.deviceInText;
  return state.incoming.length === 0 || state.incoming.some((call) => call.cuda !== 'no');
}

function textOf(machine: Interpreter, node: { readonly start: number; readonly end: number }): string {
  return machine.module.text.slice(node.start, node.end);
}
