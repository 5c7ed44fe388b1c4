import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ParserFiles } from './python/parser.ts';

/** Beside the bundle in the product; in the packages when the sources run as they are. */
async function wasm(name: string, packaged: string): Promise<Uint8Array> {
  try {
    return await readFile(new URL(`./${name}`, import.meta.url));
  } catch {
    return await readFile(createRequire(import.meta.url).resolve(packaged));
  }
}

export async function wasmFiles(): Promise<ParserFiles> {
  const [runtimeWasm, grammarWasm] = await Promise.all([
    wasm('web-tree-sitter.wasm', 'web-tree-sitter/web-tree-sitter.wasm'),
    wasm('tree-sitter-python.wasm', 'tree-sitter-python/tree-sitter-python.wasm'),
  ]);
  return { runtimeWasm, grammarWasm };
}
