/** The native part that calls C functions. It is optional: the universal package has none, and then nothing is called. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LibraryHandle } from 'koffi';

export interface KoffiAddon {
  load(path: string): LibraryHandle;
  config(options: Readonly<Record<string, number>>): unknown;
}

/**
 * The binary alone is loaded: the package around it only adds its older spellings. Beside the bundle in a package for
 * one platform, in node_modules in a checkout; where there are two, for the usual C library and for musl, the wrong
 * one refuses to load.
 */
function candidates(require: NodeJS.Require): readonly string[] {
  const { platform, arch } = process;
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'koffi.node');
  try {
    const folder = dirname(require.resolve(`@koromix/koffi-${platform}-${arch}/package.json`));
    const folders = platform === 'linux' ? [`linux_${arch}`, `musl_${arch}`] : [`${platform}_${arch}`];
    return [beside, ...folders.map((name) => join(folder, name, 'koffi.node'))];
  } catch {
    return [beside];
  }
}

/**
 * Memory for calls on threads, bytes each: the calls of a round, to every GPU at once, find theirs again. Made anew for
 * each call it takes half of what the call costs.
 */
const callMemory = { resident_async_pools: 24, async_stack_size: 65_536, async_heap_size: 16_384 };

let found: { readonly addon: KoffiAddon; readonly path: string } | null | undefined;

function find(): typeof found {
  if (found !== undefined) return found;
  found = null;
  const require = createRequire(import.meta.url);
  for (const path of candidates(require)) {
    try {
      const addon = require(path) as KoffiAddon;
      addon.config(callMemory);
      found = { addon, path };
      break;
    } catch {
      // Not there, or for another C library.
    }
  }
  return found;
}

/** Null where this platform or this package has none. */
export const loadKoffi = (): KoffiAddon | null => find()?.addon ?? null;

/** The file that is used here: what a package for this platform ships. */
export const koffiAddonPath = (): string | null => find()?.path ?? null;
