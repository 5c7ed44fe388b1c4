/** `perjoule check` on notebooks, through the product's own bundle. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CommandLine, commandLine } from './commandLine.ts';
import { trainScript } from './scripts.ts';

/** The script cut into cells at its empty lines between functions, with what notebooks hold beside code. */
function notebook(language = 'python'): string {
  const [head = '', evaluate = '', main = ''] = trainScript.split('\n\n\n');
  const code = (source: string): object => ({
    cell_type: 'code',
    execution_count: null,
    metadata: {},
    outputs: [{ output_type: 'stream', name: 'stdout', text: ['loss.item()\n'] }],
    source: source.split(/(?<=\n)/),
  });
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'k', language } },
    cells: [
      { cell_type: 'markdown', metadata: {}, source: ['# Training'] },
      code(`%matplotlib inline\n!nvidia-smi\n${head}`),
      code('%%bash\nls *.py | while read x; do echo $x; done'),
      code(`# 😀\n${evaluate}`),
      code(`${main}\nfiles = !ls\nmain()\n`),
    ],
  });
}

let cli: CommandLine;
before(async () => {
  cli = await commandLine();
  await cli.write({
    'nb/train.ipynb': notebook(),
    'nb/.ipynb_checkpoints/train.ipynb': notebook(),
    'other/r.ipynb': notebook('R'),
    'bad/broken.ipynb': '{"cells": [',
  });
});
after(() => cli.remove());

interface Found {
  rule: string;
  cell: number | null;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}
async function found(...args: readonly string[]): Promise<Found[]> {
  const { out, err } = await cli.run(['check', '--format', 'json', ...args]);
  assert.equal(err, '');
  return JSON.parse(out).findings;
}

test('findings stand on cells: the line is the cell’s own, the same text as in the script', async () => {
  const findings = await found('nb');
  const { cells } = JSON.parse(notebook());
  const shown = findings.map(({ rule, cell, line, column, endLine, endColumn }) => {
    assert.equal(line, endLine);
    const source: string = cells[(cell ?? 0) - 1].source.join('');
    return [rule, cell, [...(source.split('\n')[line - 1] ?? '')].slice(column - 1, endColumn - 1).join('')];
  });
  assert.deepEqual(shown, [
    ['eval-without-no-grad', 4, 'model(images)'],
    ['loader-no-workers', 5, 'DataLoader'],
    ['sync-scalar-in-step', 5, 'loss.item()'],
  ]);
  assert.deepEqual(await found('other'), []);
});

test('every format names the cell', async () => {
  const { out: text } = await cli.run(['check', 'nb']);
  assert.match(text, /^nb\/train\.ipynb:cell 4:\d+:\d+ warning eval-without-no-grad/m);
  assert.match(text, /^ +7 \| {9}logits = model\(images\)$/m);
  const { out: github } = await cli.run(['check', 'nb', '--format', 'github']);
  assert.match(
    github,
    /^::warning file=nb\/train\.ipynb,title=Perjoule \(eval-without-no-grad\)::Cell 4, line 7: /m,
  );
  const sarif = JSON.parse((await cli.run(['check', 'nb', '--format', 'sarif'])).out);
  const [result] = sarif.runs[0].results;
  assert.equal(result.locations[0].logicalLocations[0].name, 'cell 4');
  assert.equal(result.locations[0].physicalLocation.region, undefined);
  assert.equal(result.fixes, undefined);
  assert.match(result.message.text, /^Cell 4, line 7: /);
});

test('a broken notebook is a problem of that file; --fix leaves notebooks as they are; standard input may be one', async () => {
  const broken = await cli.run(['check', 'bad']);
  assert.equal(broken.code, 0);
  assert.match(broken.err, /^bad\/broken\.ipynb:1:1: The notebook is not valid JSON and was not checked\.$/m);
  assert.equal((await cli.run(['check', '--fix', 'nb'])).code, 1);
  assert.equal(await readFile(join(cli.folder, 'nb/train.ipynb'), 'utf8'), notebook());
  const piped = await cli.run(['check', '-', '--stdin-filename', 'x.ipynb', '--format', 'json'], {
    input: notebook(),
  });
  assert.deepEqual(
    JSON.parse(piped.out).findings.map(({ cell }: Found) => cell),
    [4, 5, 5],
  );
});

test('comments in cells silence, settings hold and a baseline knows cells', async () => {
  const silenced = notebook().replace('# 😀', '# perjoule: allow-file eval-without-no-grad');
  await cli.write({
    'silent/train.ipynb': silenced,
    'silent/pyproject.toml':
      '[tool.perjoule]\n[[tool.perjoule.overrides]]\npaths = ["*.ipynb"]\nignore = ["data-pipeline"]\n',
  });
  assert.deepEqual(
    (await found('silent')).map(({ rule }) => rule),
    ['sync-scalar-in-step'],
  );
  assert.equal((await cli.run(['check', 'nb', '--write-baseline', 'base.json'])).code, 0);
  assert.deepEqual(await found('nb', '--baseline', 'base.json'), []);
});
