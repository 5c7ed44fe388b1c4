/** `perjoule check` on files that belong together. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Bundle, bundle } from '../test/protocol/bundle.ts';

const files: Readonly<Record<string, string>> = {
  'train.py': `import torch
from torch.utils.data import DataLoader

from tools.record import record


def main(dataset):
    model = torch.nn.Linear(8, 2).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in DataLoader(dataset, num_workers=2):
        loss = torch.nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
        record(loss)


main([])
`,
  'tools/record.py': 'history = []\n\n\ndef record(loss):\n    history.append(loss.item())\n',
};

let built: Bundle;
let folder: string;
before(async () => {
  built = await bundle('cli/main.ts');
  folder = await mkdtemp(join(tmpdir(), 'perjoule-project-'));
  await mkdir(join(folder, 'tools'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
});
after(async () => {
  await built.remove();
  await rm(folder, { recursive: true });
});

interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

function findings(...paths: string[]): Promise<(Place & { rule: string; related: Place[] })[]> {
  return new Promise((resolve, failed) => {
    const child = spawn(process.execPath, [built.path, 'check', '--format', 'json', ...paths], {
      cwd: folder,
    });
    let out = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
    });
    child.on('error', failed);
    child.on('close', () => resolve(JSON.parse(out).findings));
  });
}

test('a step in one file makes a function of another hot; the finding stands there and names the step', async () => {
  for (const paths of [['.'], ['tools', 'train.py'], ['train.py', 'tools/record.py']]) {
    const found = await findings(...paths);
    assert.deepEqual(
      found.map(({ rule, path, line, column }) => [rule, path, line, column]),
      [['sync-scalar-in-step', join('tools', 'record.py'), 5, 20]],
      paths.join(' '),
    );
    assert.deepEqual(
      found[0]?.related.map(({ path, line, column }) => [path, line, column]),
      [['train.py', 14, 9]],
    );
  }
});

test('alone the function is nothing special', async () => {
  assert.deepEqual(await findings('tools/record.py'), []);
  assert.deepEqual(await findings('train.py'), []);
});
