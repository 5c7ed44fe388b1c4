// What a user downloads: everything the manifest points to, and nothing that is not named in .vscodeignore.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { projectFolder } from '../../tools/projectFolder.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';

const LARGEST_VSIX = 1_000_000;

const SHIPPED = [
  /^(package\.json|readme\.md|changelog\.md|LICENSE\.txt|SUPPORT\.md|THIRD_PARTY_NOTICES\.md)$/,
  /^media\/(icon\.png|panel-icon\.svg|walkthrough\/[a-z]+\.svg)$/,
  /^docs\/(rules|teach)\/[a-z-]+\.md$/,
  /^dist\/((extension|checker|samplerDoor|rpc|protocol)\.cjs|(server|sampler|cli|planner|tracer|panel|part-[A-Z0-9]{8})\.js|panel\.css)$/,
  /^probe\/sitecustomize\.py$/,
  /^dist\/(web-tree-sitter|tree-sitter-python)\.wasm$/,
];

const CENTRAL_ENTRY = 0x02014b50;
const CENTRAL_END = 0x06054b50;

/** The files of a zip archive, from the directory at its end. */
function unzip(archive: Buffer): ReadonlyMap<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from(new Uint32Array([CENTRAL_END]).buffer));
  const files = new Map<string, Buffer>();
  for (let at = archive.readUInt32LE(end + 16); archive.readUInt32LE(at) === CENTRAL_ENTRY; ) {
    const [method, packedSize] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + packedSize);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    files.set(name, method === 0 ? packed : inflateRawSync(packed));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

describe('the packaged extension', () => {
  let archive = Buffer.alloc(0);
  /** By the path below the extension's folder. */
  let files: ReadonlyMap<string, Buffer> = new Map();

  before(async () => {
    archive = readFileSync(await packagedVsix());
    const inside = 'extension/';
    files = new Map(
      [...unzip(archive)].flatMap(([name, content]) =>
        name.startsWith(inside) ? [[name.slice(inside.length), content]] : [],
      ),
    );
  });

  test('is at most 1 MB', (t) => {
    t.diagnostic(`${Math.ceil(archive.length / 1000)} kB, ${files.size} files`);
    assert.ok(archive.length <= LARGEST_VSIX, `${archive.length} bytes`);
  });

  test('holds only what ships: no sources, no maps, no packages', () => {
    const unexpected = [...files.keys()].filter((name) => !SHIPPED.some((pattern) => pattern.test(name)));
    assert.deepEqual(unexpected, []);
  });

  test('holds what its manifest points to, and a page for every rule', () => {
    const manifest = files.get('package.json')?.toString() ?? '';
    const { main, icon, bin } = JSON.parse(manifest) as {
      main: string;
      icon: string;
      bin: Record<string, string>;
    };
    const rules = readdirSync(join(projectFolder, 'server', 'rules'), { recursive: true, encoding: 'utf8' });
    const pages = rules.flatMap((file) => /[\\/]([a-z-]+\.md)$/.exec(file)?.[1] ?? []);
    // What the host loads with its first use lies beside its entry.
    const entry = files.get(main.replace(/^\.\//, ''))?.toString() ?? '';
    const later = [...entry.matchAll(/require\("\.\/([\w-]+\.cjs)"\)/g)].map(([, name]) => `dist/${name}`);
    assert.ok(later.length > 0);
    const needed = [
      main,
      icon,
      ...Object.values(bin),
      ...later,
      ...pages.map((page) => `docs/rules/${page}`),
    ];
    const images = [...manifest.matchAll(/"(?:icon|svg)": "(media\/[^"]+)"/g)].map(([, path]) => path ?? '');
    const taught = readdirSync(join(projectFolder, 'docs', 'teach')).map((page) => `docs/teach/${page}`);
    const named = [...needed, ...images, ...taught].map((path) => path.replace(/^\.\//, ''));
    assert.ok(pages.length >= 3);
    assert.deepEqual(
      named.filter((path) => !files.has(path)),
      [],
    );
  });

  test('says nothing of the machine it was packaged on', () => {
    const telling = [...files].filter(
      ([, content]) => content.includes(projectFolder) || content.includes('sourceMappingURL='),
    );
    assert.deepEqual(
      telling.map(([name]) => name),
      [],
    );
  });
});
