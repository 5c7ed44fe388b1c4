/** Programs are started with their arguments as a list: what a shell would read out of a name, nobody reads. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';

const rooms = ['contracts', 'server', 'sampler', 'insight', 'cli', 'src', 'media'];

const sources = rooms.flatMap((room) =>
  readdirSync(join(projectFolder, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(?:test|soak)\.ts$/.test(path))
    .map((path) => join(room, path)),
);

const named = /import (?:type )?\{([^}]*)\} from '(?:node:)?child_process'/g;
const startsPrograms = /^(?:spawn|spawnSync|fork|execFile|ChildProcess|SpawnOptions)$/;

test('no file of the product can start a shell by itself', () => {
  const starters = new Set<string>();
  for (const path of sources) {
    const text = readFileSync(join(projectFolder, path), 'utf8');
    const mentions = text.match(/child_process['"]/g)?.length ?? 0;
    if (mentions === 0) continue;
    starters.add(path);
    const imports = [...text.matchAll(named)];
    assert.equal(imports.length, mentions, `${path} takes all of child_process`);
    for (const [, list = ''] of imports)
      for (const name of list.split(',').map((part) => part.trim().replace(/^type\s+/, '')))
        if (name !== '') assert.match(name, startsPrograms, path);
    assert.doesNotMatch(text, /\bshell\s*[:,]/, `${path} asks for a shell`);
  }
  // The list is not empty by mistake.
  assert.ok(starters.has(join('sampler', 'machineDoor.ts')) && starters.size >= 3, `${[...starters]}`);
});
