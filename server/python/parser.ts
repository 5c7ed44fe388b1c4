/** The one door to the parser: text in, our own nodes out. Replacing the parser means replacing this file and its lowering. */

import { Language, type Node, Parser } from 'web-tree-sitter';
import { lowerModule } from './lowerStatements.ts';
import type { Module } from './nodes.ts';
import { copyTree } from './rawTree.ts';
import { SoundTree } from './soundTree.ts';
import { type ParserMemory, type TreeReader, treeReader } from './treeMemory.ts';

export interface PythonParser {
  /**
   * Never throws: what does not parse becomes broken statements.
   * `replaced`: the module of the file's text before, which nobody may look at any more: its nodes can move into the new one.
   */
  parse(text: string, replaced?: Module): Module;
}

export interface ParserFiles {
  /** Content of `web-tree-sitter.wasm`. */
  readonly runtimeWasm: Uint8Array;
  /** Content of `tree-sitter-python.wasm`. */
  readonly grammarWasm: Uint8Array;
}

/** The runtime's own object: it fills in what it lets see of its memory. */
const memory: ParserMemory & { wasmBinary?: Uint8Array } = {};
let runtime: Promise<void> | undefined;

/** Loads the WebAssembly once; parsing afterwards is synchronous. */
export async function loadParser(files: ParserFiles): Promise<PythonParser> {
  memory.wasmBinary ??= files.runtimeWasm;
  runtime ??= Parser.init(memory);
  await runtime;
  const language = await Language.load(files.grammarWasm);
  const parser = new Parser();
  parser.setLanguage(language);
  const read = treeReader(parser, language, memory) ?? copyTree;
  const sound = new SoundTree();
  return { parse: (text, replaced) => parseWith(parser, read, sound, text, replaced) };
}

function parseWith(
  parser: Parser,
  read: TreeReader,
  sound: SoundTree,
  text: string,
  replaced: Module | undefined,
): Module {
  try {
    const before = sound.towards(text);
    const tree = parser.parse(text, before);
    before?.delete();
    if (tree === null) {
      // A parse that stopped early would be continued by the next one, with the old text.
      parser.reset();
      return emptyModule(text);
    }
    try {
      const known = sound.statementsIn(replaced);
      const errorAt = syntaxErrorAt(tree.rootNode);
      const { module, statements } = lowerModule(text, read(tree, known), errorAt, known);
      if (errorAt === undefined) sound.keep(tree, text, statements);
      if (errorAt === undefined || known !== undefined) sound.takenTo(module);
      return module;
    } finally {
      tree.delete();
    }
  } catch {
    // Out of memory inside the parser: this file stays unanalysed, the next one must still work.
    sound.forget();
    parser.reset();
    return emptyModule(text);
  }
}

/** The first place that recovery had to skip or to invent something at. */
function syntaxErrorAt(root: Node): number | undefined {
  if (!root.hasError) return undefined;
  let node = root;
  for (;;) {
    const inner = node.children.find((child) => child?.hasError === true || child?.isMissing === true);
    if (node.isError || inner === undefined || inner === null) return node.startIndex;
    node = inner;
  }
}

function emptyModule(text: string): Module {
  return { text, body: { start: 0, end: text.length, body: [] }, comments: [], nodes: 0, syntaxErrorAt: 0 };
}
