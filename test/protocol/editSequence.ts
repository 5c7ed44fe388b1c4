import assert from 'node:assert/strict';
import { createRandom } from '../../insight/testing/random.ts';
import type { LanguageClient } from './languageClient.ts';
import { trainScript } from './scripts.ts';

const pieces = [
  '\n',
  '\r\n',
  '    ',
  '\t',
  '"',
  "'''",
  '#',
  '(',
  ')',
  ':',
  '.item()',
  'loss.item()\n',
  '😀',
  '\ufeff',
  'for x in y:\n    ',
  'def f():\n',
  '\\\n',
  'with torch.no_grad():\n        ',
  '# perjoule: allow sync-scalar-in-step\n',
  '',
];

/** Types at random into the script; what then stands must be what a fresh analysis of the same text gives. */
export async function editAtRandom(
  client: LanguageClient,
  uri: string,
  { seed, edits }: { readonly seed: number; readonly edits: number },
): Promise<void> {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  await client.open(uri, trainScript);
  for (let index = 0; index < edits; index += 1) {
    const document = client.document(uri);
    const length = document.getText().length;
    const from = below(length + 1);
    const to = Math.min(length, from + (below(3) === 0 ? below(30) : 0));
    const range = { start: document.positionAt(from), end: document.positionAt(to) };
    await client.edit(uri, [{ range, text: pieces[below(pieces.length)] ?? '' }]);
    // Pull now and then, also without waiting, as an editor does while somebody types.
    if (below(4) === 0) void client.pull(uri);
    if (below(10) === 0) await client.diagnostics(uri);
  }
  const after = await client.diagnostics(uri);
  const fresh = `${uri.slice(0, uri.lastIndexOf('/'))}/other/train.py`;
  await client.open(fresh, client.document(uri).getText());
  const expected = JSON.stringify(await client.diagnostics(fresh)).replaceAll(fresh, uri);
  assert.equal(JSON.stringify(after), expected, `seed ${seed}`);
  await client.close(fresh);
}
