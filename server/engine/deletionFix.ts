import type { Node } from '../python/nodes.ts';
import type { Program } from '../python/program.ts';
import { inOrder, removal } from './edits.ts';
import type { Fix } from './finding.ts';

/** Deletes calls that stand alone in their statement: all of them or none, as half would leave the cost in place. */
export function deletionFix(program: Program, calls: readonly Node[], caveat: string): Fix[] {
  const edits = calls.map((call) => {
    const statement = program.statementOf(call);
    return statement?.kind === 'Expr' && statement.value === call ? removal(program, statement) : undefined;
  });
  if (edits.some((e) => e === undefined)) return [];
  return [
    {
      title: calls.length === 1 ? 'Delete the call' : 'Delete the calls',
      safety: 'suggestion',
      caveat,
      edits: inOrder(edits.flatMap((e) => e ?? [])),
    },
  ];
}
