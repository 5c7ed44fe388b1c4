/** Opens shared libraries for the sources, through the native part and under the guard. */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { LibraryLoad, NativeFunction, NativeLibrary } from '../sources/source.ts';
import type { CrashGuard } from './crashGuard.ts';
import { type KoffiAddon, loadKoffi } from './koffiAddon.ts';

/** A call that takes longer than this is not waited for when the process ends. */
const stuckMs = 2_000;

/** What of koffi's function is used; its own type says nothing about the arguments. */
interface ForeignFunction {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

/** Names the file's contents closely enough: another driver is another file. Null when there is no such file. */
function identityOf(name: string): string | null {
  if (!isAbsolute(name)) return `${name} ${driverVersion()}`;
  try {
    const path = realpathSync(name);
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${Math.round(mtimeMs)}`;
  } catch {
    return null;
  }
}

/** A library that only the loader finds is told apart by the kernel module's version. */
function driverVersion(): string {
  try {
    return readFileSync('/proc/driver/nvidia/version', 'utf8').split('\n', 1)[0] ?? '';
  } catch {
    return '';
  }
}

export interface NativeLibraries {
  open(names: readonly string[]): LibraryLoad;
  /** A call that never came back holds a thread: the process must be ended hard. */
  stuck(): boolean;
  close(): void;
}

export function createNativeLibraries(
  guard: CrashGuard,
  addon: () => KoffiAddon | null = loadKoffi,
): NativeLibraries {
  /** Calls that have not come back, and since when there have been any. */
  let pending = 0;
  let pendingSinceMs = 0;
  const opened = new Set<NativeLibrary>();

  /** Code of a call that could not be made; no library answers so. */
  const notMade = -1;

  function wrap(foreign: ForeignFunction): NativeFunction {
    const start = (done: (result: number) => void, ...args: readonly unknown[]): void => {
      if (pending === 0) pendingSinceMs = performance.now();
      pending += 1;
      foreign.async(...args, (error: unknown, result: unknown) => {
        pending -= 1;
        done(error === null || error === undefined ? Number(result) : notMade);
      });
    };
    return Object.assign((...args: readonly unknown[]): number => Number(foreign(...args)), {
      start,
      later: (...args: readonly unknown[]) => new Promise<number>((resolve) => start(resolve, ...args)),
    });
  }

  function openOne(koffi: KoffiAddon, name: string, identity: string): NativeLibrary {
    const mark = guard.mark(identity);
    mark.set(true);
    let handle: ReturnType<KoffiAddon['load']>;
    try {
      handle = koffi.load(name);
    } catch (error) {
      mark.set(false);
      mark.close();
      throw error;
    }
    mark.set(false);
    let open = true;
    const library: NativeLibrary = {
      path: name,
      find(prototype) {
        try {
          return wrap(handle.func(prototype) as ForeignFunction);
        } catch {
          return null;
        }
      },
      calling: (on) => {
        if (open) mark.set(on);
      },
      close() {
        if (!open) return;
        open = false;
        opened.delete(library);
        mark.close();
        handle.unload();
      },
    };
    opened.add(library);
    return library;
  }

  return {
    open(names) {
      const found = names.map((name) => ({ name, identity: identityOf(name) }));
      let detail = `${names.find((name) => !isAbsolute(name)) ?? names[0] ?? 'The library'} was not found.`;
      for (const { name, identity } of found) {
        if (identity === null) continue;
        const koffi = addon();
        if (koffi === null)
          return {
            library: null,
            reason: 'notSupported',
            detail: 'This package of Perjoule calls no driver library by itself.',
          };
        if (guard.isDenied(identity))
          return {
            library: null,
            reason: 'badOutput',
            detail: `${name} ended the sampler twice and is not used again until another driver is installed.`,
          };
        try {
          return { library: openOne(koffi, name, identity) };
        } catch (error) {
          if (isAbsolute(name))
            detail = `${name} could not be loaded: ${error instanceof Error ? error.message : String(error)}.`;
        }
      }
      return { library: null, reason: 'notFound', detail };
    },
    stuck: () => pending > 0 && performance.now() - pendingSinceMs > stuckMs,
    close() {
      // With a call under way the code must stay where it is.
      if (pending === 0) for (const library of opened) library.close();
    },
  };
}
