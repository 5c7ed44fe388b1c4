/** Tensors that go to the host to be changed there, and back to the device in the same step. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Fix } from '../../engine/finding.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { type Roundtrip, roundtrips } from './roundtrips.ts';

export const rule: Rule = {
  meta: {
    name: 'device-roundtrip',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'hostSync',
    summary: 'A tensor leaves the GPU, is changed on the host and goes back, on every step.',
    why: 'The processor must wait until the GPU has done all its work, both copies cross a bus that is many times slower than GPU memory, and the GPU idles while one processor does what thousands of its own could do.',
    evidence: 'not measured',
    messages: {
      trip: 'The GPU waits {step} while "{what}" goes to the host, is changed there and comes back; do the same with torch on the GPU.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const reported = new Set<Node>();
  for (const region of program.regions)
    for (const trip of roundtrips(program, region)) {
      // `torch.from_numpy(a).cuda()` is one way back, however many calls it has.
      if (reported.has(trip.copy)) continue;
      reported.add(trip.copy);
      const text = program.textOf(trip.tensor).replace(/\s+/g, ' ');
      context.report({
        start: trip.copy.start,
        end: trip.copy.end,
        message: 'trip',
        data: { what: text.length > 40 ? `${text.slice(0, 37)}...` : text },
        confidence: confidenceOf(trip.doubts),
        related: [
          { start: trip.upload.start, end: trip.upload.end, message: 'Here it goes back to the GPU.' },
        ],
        region: region.root,
        fixes: straight(program, trip),
      });
    }
}

/** Nothing but a change of form lies between: the tensor itself, without its graph, takes the place. */
function straight(program: Program, { upload, copy, tensor }: Roundtrip): Fix[] {
  if (copy.start < upload.start || copy.end > upload.end) return [];
  for (let up = program.parents.get(copy); up !== undefined && up !== upload; up = program.parents.get(up)) {
    if (up.kind === 'Attribute' && /^(numpy|detach|to|cuda)$/.test(up.name)) continue;
    if (up.kind !== 'Call') return [];
    const { type } = program.valueOf(up.callee);
    const form = up.callee.kind === 'Attribute' && /^(numpy|detach|to|cuda)$/.test(up.callee.name);
    if (!form && !/^torch\.(tensor|as_tensor|from_numpy)$|^numpy\.(array|asarray)$/.test(type)) return [];
    if (up.keywords.some((k) => k.name === 'dtype')) return [];
  }
  if (upload.keywords.some((k) => k.name === 'dtype')) return [];
  const simple = ['Name', 'Attribute', 'Call', 'Subscript'].includes(tensor.kind);
  const text = simple ? program.textOf(tensor) : `(${program.textOf(tensor)})`;
  const bare = /\.(detach\(\)|data)$/.test(text);
  return [
    {
      title: 'Keep the tensor on the GPU',
      safety: 'suggestion',
      caveat: 'The result is a copy without a graph, on the device that the tensor is on.',
      edits: [{ start: upload.start, end: upload.end, text: `${text}${bare ? '' : '.detach()'}.clone()` }],
    },
  ];
}
