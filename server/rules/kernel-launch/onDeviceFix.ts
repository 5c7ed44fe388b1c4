/** Names the device in the call that makes the tensor, and takes the move away. */

import { dotOf } from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Program } from '../../python/program.ts';
import type { FactoryMove } from './factoryMoves.ts';

export function onDeviceFix(program: Program, found: FactoryMove): Fix[] {
  const { factory, move, device, random } = found;
  if (move.callee.kind !== 'Attribute') return [];
  const close = factory.brackets.end - 1;
  const given = [...factory.args, ...factory.keywords];
  const last = given.reduce((end, { end: next }) => Math.max(end, next), factory.brackets.start + 1);
  // A comment or a trailing comma between the last argument and the bracket: no place to write without care.
  const rest = program.text.slice(last, close);
  if (given.length > 0 && !/^[\s)\]]*$/.test(rest)) return [];
  const name = device === undefined ? '"cuda"' : program.textOf(device);
  const edits: TextEdit[] = [
    { start: close, end: close, text: `${given.length === 0 ? '' : ', '}device=${name}` },
    { start: dotOf(program.text, move), end: move.end, text: '' },
  ];
  return [
    random
      ? {
          title: 'Draw the numbers on the GPU',
          safety: 'suggestion',
          caveat: 'The GPU draws other numbers from the same seed.',
          edits,
        }
      : { title: 'Create the tensor on the GPU', safety: 'safe', edits },
  ];
}
