import { test } from 'node:test';
import { bundle } from './bundle.ts';
import { editAtRandom } from './editSequence.ts';
import { LanguageClient } from './languageClient.ts';

const first = Number(process.env['SEED'] ?? Date.now() % 1e9);

test(`two hundred sequences of random edits end as a fresh analysis would (seeds from ${first})`, async (context) => {
  const built = await bundle('server/main.ts');
  context.after(() => built.remove());
  const client = await LanguageClient.start(built.path);
  context.after(() => client.stop());
  for (let sequence = 0; sequence < 200; sequence += 1) {
    const uri = `file:///home/me/${sequence}/train.py`;
    await editAtRandom(client, uri, { seed: first + sequence, edits: 80 });
    await client.close(uri);
  }
});
