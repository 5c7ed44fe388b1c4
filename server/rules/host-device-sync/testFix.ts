/** Leaves the answer of conditions on tensors to the GPU: what it chooses, and what it makes sure of. */

import { inOrder, nameOfModule } from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Assign, Block, If, Name } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { visit } from '../../python/walk.ts';
import type { TensorTest } from './tensorTests.ts';

/** One fix for all tests of the step, or none: half a fix would leave the waits in place. */
export function testFix(program: Program, tests: readonly TensorTest[]): Fix[] {
  const torch = nameOfModule(program, 'torch');
  if (torch === undefined) return [];
  const edits = tests.map((test) => asserted(program, torch, test) ?? chosen(program, torch, test));
  if (edits.some((edit) => edit === undefined)) return [];
  const asserts = tests.every(({ statement }) => statement.kind === 'Assert');
  const caveat = asserts
    ? 'A failure is then told later, without a text of its own, and ends the use of the GPU.'
    : 'Both ways are then computed, and what is infinite or no number in one of them spoils the gradients of both.';
  return [
    {
      title: asserts ? 'Let the GPU make sure of it' : 'Let the GPU choose',
      safety: 'suggestion',
      caveat,
      edits: inOrder(edits.flatMap((edit) => edit ?? [])),
    },
  ];
}

/** `assert (x > 0).all()` */
function asserted(program: Program, torch: string, { statement, tensor }: TensorTest): TextEdit | undefined {
  if (statement.kind !== 'Assert' || statement.values[0] !== tensor) return undefined;
  const { start, end } = statement;
  return { start, end, text: `${torch}._assert_async(${program.textOf(tensor)})` };
}

/** `if loss > limit: loss = loss * 0.1`, with an `else` that gives the same name or without one. */
function chosen(program: Program, torch: string, { statement, tensor }: TensorTest): TextEdit | undefined {
  if (statement.kind !== 'If' || statement.branches.length !== 1) return undefined;
  const [branch] = statement.branches;
  const given = branch?.test === tensor ? onlyAssignment(branch.body) : undefined;
  if (given === undefined || !isTensor(program, given.value)) return undefined;
  const { name } = given;
  const other = statement.orelse === null ? undefined : onlyAssignment(statement.orelse);
  if (statement.orelse !== null && (other?.name.id !== name.id || !isTensor(program, other.value)))
    return undefined;
  if (other === undefined && !wasTensor(program, statement, name)) return undefined;
  const [test, value] = [program.textOf(tensor), program.textOf(given.value)];
  const otherwise = other === undefined ? name.id : program.textOf(other.value);
  const { start, end } = statement;
  return { start, end, text: `${name.id} = ${torch}.where(${test}, ${value}, ${otherwise})` };
}

interface Given {
  readonly name: Name;
  readonly value: NonNullable<Assign['value']>;
}

function onlyAssignment({ body }: Block): Given | undefined {
  const [only] = body;
  if (body.length !== 1 || only?.kind !== 'Assign' || only.value === null) return undefined;
  const [name] = only.targets;
  return only.targets.length === 1 && name?.kind === 'Name' ? { name, value: only.value } : undefined;
}

const isTensor = (program: Program, value: Given['value']): boolean => {
  const v = program.valueOf(value);
  return v.kind === 'tensor' && !v.assumed;
};

/** What a name stands for before the branch is seen where the test or the new value reads it. */
function wasTensor(program: Program, statement: If, { id }: Name): boolean {
  let found = false;
  visit(statement, (node) => {
    const up = program.parents.get(node);
    const isTarget = up?.kind === 'Assign' && up.value !== node;
    if (node.kind === 'Name' && node.id === id && !isTarget) found ||= isTensor(program, node);
    return undefined;
  });
  return found;
}
