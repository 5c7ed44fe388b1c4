/** Loops that never come to a second turn, whatever they go over. */

import type { Block, Stmt } from './nodes.ts';
import { dottedName } from './walk.ts';

const ends = /^(exit|quit|sys\.exit|os\._exit|breakpoint)$/;

/** Some statement of the body itself leaves: by `return` or `break`, by an error, or by a name that stands alone to stop a program there. */
export function endsInFirstTurn({ body }: Block): boolean {
  return body.some(leaves);
}

function leaves(statement: Stmt): boolean {
  if (statement.kind === 'Break' || statement.kind === 'Return' || statement.kind === 'Raise') return true;
  if (statement.kind !== 'Expr') return false;
  const { value } = statement;
  if (value.kind === 'Call') return ends.test(dottedName(value.callee) ?? '');
  return value.kind === 'Name';
}
