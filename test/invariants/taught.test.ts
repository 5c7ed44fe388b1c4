// Whoever meets a rule or a kind of waste can read what the GPU does: there is a page for each, and the links arrive.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { commands } from '../../contracts/commands.ts';
import { generalPage, kindOfPage, teachPage } from '../../contracts/teach.ts';
import { type WasteKind, wasteKinds } from '../../contracts/waste.ts';
import { rules } from '../../server/rules/index.generated.ts';
import { projectFolder } from '../../tools/projectFolder.ts';

const docs = join(projectFolder, 'docs');
const kinds = Object.keys(wasteKinds) as WasteKind[];
const read = (file: string): string => readFileSync(join(docs, file), 'utf8');
/** Targets of the page's links to other files, without the place in them. */
const links = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
const pages = ['teach', 'rules'].flatMap((folder) =>
  readdirSync(join(docs, folder)).map((name) => join(folder, name)),
);

describe('what is named is taught', () => {
  test('each kind of waste has a page of the same parts, and says which hints look for it', () => {
    for (const kind of kinds) {
      const text = read(`teach/${teachPage(kind)}.md`);
      assert.equal(kindOfPage(teachPage(kind)), kind);
      const headings = ['What happens', 'How a run shows it', 'What to do', 'Hints that look for it'];
      assert.deepEqual(
        [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading),
        headings,
        kind,
      );
      assert.ok(links(text).includes(`${generalPage}.md`), `${kind} leads to the words it uses`);
      const looked = rules
        .filter(({ meta }) => meta.wasteKind === kind)
        .map(({ meta }) => `../rules/${meta.name}.md`);
      assert.deepEqual(
        links(text).filter((target) => target.startsWith('../rules/')),
        looked,
        kind,
      );
    }
  });

  test('each rule’s page leads to the page of its kind', () => {
    for (const { meta } of rules) {
      assert.ok(
        links(read(`rules/${meta.name}.md`)).includes(`../teach/${teachPage(meta.wasteKind)}.md`),
        meta.name,
      );
    }
  });

  test('the page behind all leads to every kind', () => {
    const targets = links(read(`teach/${generalPage}.md`));
    for (const kind of kinds) assert.ok(targets.includes(`${teachPage(kind)}.md`), kind);
  });

  test('no page is of nothing, and no link leads nowhere or off the machine', () => {
    const named = [generalPage, ...kinds.map(teachPage)].map((name) => `${name}.md`);
    assert.deepEqual(readdirSync(join(docs, 'teach')).sort(), named.sort());
    for (const page of pages) {
      for (const target of links(read(page))) {
        if (page.startsWith('rules') && /^https:/.test(target)) continue;
        assert.ok(existsSync(join(docs, dirname(page), target)), `${page} leads to ${target}`);
      }
    }
  });

  test('the walkthrough has four steps, with commands, pictures and signs that are there', () => {
    const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as Manifest;
    const [walkthrough] = manifest.contributes.walkthroughs;
    const signs = readFileSync(join(projectFolder, 'src', 'walkthroughSigns.ts'), 'utf8');
    assert.equal(walkthrough?.steps.length, 4);
    for (const { description, media, completionEvents } of walkthrough?.steps ?? []) {
      assert.ok(existsSync(join(projectFolder, media.svg)), media.svg);
      assert.match(readFileSync(join(projectFolder, media.svg), 'utf8'), /var\(--vscode-/);
      const named = `${description} ${completionEvents.join(' ')}`;
      for (const [, command = ''] of named.matchAll(/ommand:(perjoule\.\w+)/g))
        assert.ok(command in commands, command);
      for (const [, sign = ''] of named.matchAll(/onContext:(\S+)/g))
        assert.ok(signs.includes(`'${sign}'`), sign);
    }
  });
});

interface Manifest {
  readonly contributes: {
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}
