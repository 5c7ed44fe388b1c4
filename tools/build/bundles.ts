// What the product is made of: its bundles and the parser's two WebAssembly files.

import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { projectFolder } from '../projectFolder.ts';

// Bundled packages of the older module system still ask for Node's own modules at run time.
const requireInModule =
  "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);";

const module = {
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: requireInModule },
} as const;

/** Loaded with their first use: their protocol libraries are most of the host's code, and a window's start needs none. */
const loadedLater: Readonly<Record<string, string>> = {
  './checker.ts': './checker.cjs',
  '../sampler/connect.ts': './samplerDoor.cjs',
};

const loadLater: Plugin = {
  name: 'load later',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ kind, path }) => {
      const bundle = kind === 'dynamic-import' ? loadedLater[path] : undefined;
      return bundle === undefined ? null : { path: bundle, external: true };
    });
  },
};

/**
 * The protocol's libraries, which the host, the language server and the sampler all speak: a file each, loaded by whoever
 * needs it, as nothing is shared between bundles of different module systems otherwise.
 */
const protocols: Readonly<Record<string, string>> = {
  rpc: 'vscode-jsonrpc/node',
  protocol: 'vscode-languageserver-protocol/node',
};

/** @param within the file that is being bundled, which holds its own library. */
const sharedProtocols = (within?: string): Plugin => ({
  name: 'shared protocols',
  setup({ onResolve, onLoad }) {
    for (const [file, library] of Object.entries(protocols).filter(([name]) => name !== within)) {
      const [owner] = library.split('/');
      onResolve({ filter: new RegExp(`^${owner}(/node(\\.js)?)?$`) }, () => ({
        path: file,
        namespace: 'protocol',
      }));
    }
    onResolve({ filter: /^\.\/\w+\.cjs$/, namespace: 'protocol' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /./, namespace: 'protocol' }, ({ path }) => ({
      contents: `module.exports = require('./${path}.cjs');`,
    }));
  },
});

const host = {
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  outExtension: { '.js': '.cjs' },
} as const;

const noFormValidator: Plugin = {
  name: 'no form validator',
  setup({ onResolve }) {
    onResolve({ filter: /\/validation\/ajv-provider\.js$/ }, () => ({
      path: join(projectFolder, 'cli/mcp/noFormValidator.ts'),
    }));
  },
};

const bundles: readonly BuildOptions[] = [
  // The host's loader wants CommonJS of the entry; `vscode` exists only there.
  {
    entryPoints: {
      extension: 'src/extension.ts',
      checker: 'src/checker.ts',
      samplerDoor: 'sampler/connect.ts',
    },
    ...host,
    external: ['vscode'],
    // The host patches `require`, not `import`.
    supported: { 'dynamic-import': false },
    plugins: [loadLater, sharedProtocols()],
  },
  ...Object.entries(protocols).map(([file, library]) => ({
    ...host,
    target: 'node20',
    entryPoints: { [file]: library },
    plugins: [sharedProtocols(file)],
  })),
  // What they share, and what a command loads only when it is asked for, are files beside them: a byte ships once.
  {
    ...module,
    entryPoints: {
      server: 'server/main.ts',
      sampler: 'sampler/main.ts',
      cli: 'cli/main.ts',
      planner: 'planner/main.ts',
      tracer: 'planner/traceThread.ts',
    },
    splitting: true,
    chunkNames: 'part-[hash]',
    plugins: [noFormValidator, sharedProtocols()],
  },
  {
    entryPoints: { panel: 'media/main.ts' },
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
  },
  { entryPoints: { panel: 'media/panel.css' }, target: 'chrome128' },
];

const wasmFiles = ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-python/tree-sitter-python.wasm'];

export interface BundleOptions {
  readonly folder: string;
  readonly minify: boolean;
}

/** Writes everything into `folder`, which holds nothing else afterwards. */
export async function buildBundles({ folder, minify }: BundleOptions): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(
    bundles.map((bundle) =>
      build({
        absWorkingDir: projectFolder,
        outdir: folder,
        bundle: true,
        minify,
        // Maps help whoever debugs a checkout; a package carries none.
        sourcemap: !minify,
        logLevel: 'warning',
        ...bundle,
      }),
    ),
  );
  const require = createRequire(import.meta.url);
  for (const wasm of wasmFiles) {
    await copyFile(require.resolve(wasm), join(folder, wasm.split('/').at(-1) ?? wasm));
  }
  await chmod(join(folder, 'cli.js'), 0o755);
}

/** Folders of the packages of which something is in the bundles, relative to the project. */
export async function bundledPackages(): Promise<readonly string[]> {
  const results = await Promise.all(
    bundles.map((bundle) =>
      build({
        absWorkingDir: projectFolder,
        // Nothing is written; the folder only keeps the outputs of one bundle apart.
        outdir: join(projectFolder, 'dist'),
        bundle: true,
        // What is left after minifying is what ships.
        minify: true,
        write: false,
        metafile: true,
        logLevel: 'error',
        ...bundle,
      }),
    ),
  );
  const inputs = results.flatMap(({ metafile }) =>
    Object.values(metafile?.outputs ?? {}).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    ),
  );
  const paths = [...inputs, ...wasmFiles.map((wasm) => `node_modules/${wasm}`)];
  const folders = paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  // By what is under the first `node_modules`: where that folder is linked, only the bundler's paths begin elsewhere.
  const installed = (folder: string): string => folder.slice(folder.indexOf('node_modules/'));
  return [...new Map(folders.map((folder) => [installed(folder), folder])).values()].sort((a, b) =>
    installed(a) < installed(b) ? -1 : 1,
  );
}
