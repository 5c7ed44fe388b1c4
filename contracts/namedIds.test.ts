/** Texts that name a setting or a command name one that exists. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commands } from './commands.ts';
import { settings } from './settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly contributes: {
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}
const manifestText = readFileSync(join(root, 'package.json'), 'utf8');
const { contributes } = JSON.parse(manifestText) as Manifest;
const views = Object.values(contributes.views).flatMap((group) => group.map(({ id }) => id));

/** Everything of VS Code that goes by such a name: settings and their groups, commands, views, context keys. */
const groups = Object.keys(settings).map((id) => id.split('.').slice(0, -1).join('.'));
const contextKeys = [
  ...manifestText.matchAll(/(perjoule(?:\.\w+)+) (?:==|&&)/g),
  ...manifestText.matchAll(/onContext:(perjoule(?:\.\w+)+)/g),
  ...manifestText.matchAll(/&& !?(perjoule(?:\.\w+)+)/g),
].map(([, key]) => key ?? '');
/** Status items, the extension itself and the keys of its memory: none is for a person to type. */
const ownNames = [
  'perjoule.checker',
  'perjoule.live',
  'perjoule.perjoule',
  'perjoule.measuredHints',
  'perjoule.tracedHints',
  'perjoule.lineMarks',
  'perjoule.lineMarksCleared',
  'perjoule.dismissals',
  'perjoule.idleHold',
  'perjoule.runTag',
];

function filesOf(folder: string, ends: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ends.test(path) && !/\.test\.ts$|node_modules/.test(path))
    .map((path) => join(folder, path));
}

test('every setting, command and view that a text names exists', () => {
  const known = new Set([
    ...Object.keys(settings),
    ...Object.keys(commands),
    ...views,
    ...groups,
    ...contextKeys,
    ...ownNames,
  ]);
  const files = ['src', 'sampler', 'cli', 'media', 'server', 'contracts', 'insight'].flatMap((folder) =>
    filesOf(folder, /\.ts$/),
  );
  const wrong: string[] = [];
  let seen = 0;
  for (const file of [...files, 'README.md', 'SUPPORT.md', ...filesOf('docs', /\.md$/)]) {
    const text = readFileSync(join(root, file), 'utf8');
    // Neither a host name, nor a file, nor a part of a longer name.
    for (const match of text.matchAll(/(?<![\w/.@-])perjoule(?:\.[A-Za-z]+)+(?![\w/])/g)) {
      const [id] = match;
      seen += 1;
      if (known.has(id)) continue;
      wrong.push(`${file}:${text.slice(0, match.index).split('\n').length} ${id}`);
    }
  }
  assert.ok(seen > 30, `only ${seen} names were seen`);
  assert.deepEqual(wrong, []);
});
