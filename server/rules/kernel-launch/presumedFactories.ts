/**
 * Tensors filled on the host in functions that no step in sight calls. What tells that such a function works on tensors that
 * are there already is the device it moves to: that of another tensor. Only listed, for nobody sees how often it runs.
 */

import type { Expr, FunctionDef } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { visitOwn } from '../../python/walk.ts';
import { type FactoryMove, factoryMove, isTiny } from './factoryMoves.ts';

/** They run once for each object, each program or each test, or show something now and then. */
const runsOnce =
  /^(__init__|_?init(_weights|_params|_parameters|_buffers)?|_?(reset|setup|build|load|register|main|test|log|demo|export|plot|show|visuali[sz]e)(_\w+)?)$/;
/** Whose device is a setting and says nothing of tensors. */
const settings = /^(self|cls|args|opt|cfg|config|torch|model|module|trainer|accelerator)$/;

/** The moves of each function, in order, but those that a step reaches. */
export function presumedFactories(
  program: Program,
  reached: ReadonlySet<unknown>,
): readonly (readonly FactoryMove[])[] {
  return program.machine.scopes.functions.flatMap(({ node: fn }) => {
    if (runsOnce.test(fn.name)) return [];
    const moves: FactoryMove[] = [];
    for (const statement of fn.body.body)
      visitOwn(statement, (node) => {
        if (node.kind !== 'Call' || reached.has(node)) return undefined;
        const found = factoryMove(program, node);
        if (found?.device !== undefined && !isTiny(program, found))
          if (isOfTensor(fn, found.device)) moves.push(found);
        return undefined;
      });
    return moves.length === 0 ? [] : [moves];
  });
}

/** `x.device`, or a name that the function gave it. */
function isOfTensor(fn: FunctionDef, device: Expr): boolean {
  if (device.kind === 'Attribute')
    return device.name === 'device' && !(device.object.kind === 'Name' && settings.test(device.object.id));
  if (device.kind !== 'Name') return false;
  let found = false;
  for (const statement of fn.body.body)
    visitOwn(statement, (node) => {
      if (node.kind !== 'Assign' || node.value?.kind !== 'Attribute') return undefined;
      if (node.targets.some((target) => target.kind === 'Name' && target.id === device.id))
        found ||= isOfTensor(fn, node.value);
      return undefined;
    });
  return found;
}
