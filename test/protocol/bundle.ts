/** Bundles an entry into a temporary folder, as the product is bundled, so that tests start what users start. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

const require = createRequire(import.meta.url);

export async function bundle(entry: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'perjoule-bundle-'));
  const path = join(folder, 'bundle.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL(`../../${entry}`, import.meta.url))],
    outfile: path,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    // Bundled packages of the older module system still ask for Node's own modules at run time.
    banner: {
      js: "import { createRequire as perjouleRequire } from 'node:module'; const require = perjouleRequire(import.meta.url);",
    },
  });
  for (const wasm of ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-python/tree-sitter-python.wasm'])
    await copyFile(require.resolve(wasm), join(folder, wasm.split('/').at(-1) ?? wasm));
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
