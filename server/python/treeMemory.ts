/**
 * Reads the parser's tree straight out of its memory: fifteen times cheaper than its cursor, which crosses into WebAssembly
 * several times a node. The layout is that of one version of the parser, so a reader is only handed out when it reads a
 * sample as the cursor does; without it the cursor is used.
 */

import type { Language, Parser, Tree } from 'web-tree-sitter';
import {
  copyTree,
  type GrowingNode,
  type KnownTrees,
  leaves,
  type RawNode,
  type RawTree,
} from './rawTree.ts';

/** What the WebAssembly runtime lets see of its memory. Memory that grows replaces the view: take it anew. */
export interface ParserMemory {
  readonly HEAPU32?: Uint32Array;
}

export type TreeReader = (tree: Tree, known?: KnownTrees) => RawTree;

/** Every shape that the reader treats on its own: hidden and aliased nodes, inherited fields, extras, errors. */
const sample = `import a.b as c  # note
from . import (x, y as z)
@d.e(1, k=2)
class A(B, metaclass=M):
    async def f(self, p: int = 3, *r, k=(), **o) -> str:
        with open(p) as q, z: pass
        for i, j in enumerate(r): print(f"{i!r:>{j}} \\n", end='')
        else: del i
        try: return (yield x) if not x is y not in z else lambda v: -v
        except (E, F) as e: raise e from None
        finally: w[1:2, ...] = u = {'k': [n for n in o if n], **o}
match = type(self).x; a.b += (c := 1)
match x:
    case {'k': [1, *_], **r} | P(q=1) if g: pass
if x: # é ☃ 🐍
    a <  b <= c; print >> f, x
elif 1.5j: a @ b
def (: broken ]
    global g
`;

const errorSymbol = 0xffff;
const nodeBytes = 8;
/** In the parser's memory the text is UTF-16. */
const bytesPerUnit = 2;
const noChildren: GrowingNode[] = [];

/** Undefined when this parser does not keep its trees as we know them. */
export function treeReader(parser: Parser, language: Language, memory: ParserMemory): TreeReader | undefined {
  let tree: Tree | null = null;
  try {
    const reader = new MemoryReader(memory, language);
    tree = parser.parse(sample);
    if (tree === null) return undefined;
    const same = JSON.stringify({ ...reader.read(tree), trees: [] }) === JSON.stringify(copyTree(tree));
    return same ? (other, known) => reader.read(other, known) : undefined;
  } catch {
    return undefined;
  } finally {
    tree?.delete();
  }
}

/** Of one symbol: how it shows as a node. */
interface Look {
  readonly type: string;
  readonly visible: boolean;
  readonly named: boolean;
}

class MemoryReader {
  private readonly memory: ParserMemory;
  private readonly looks: readonly Look[];
  /** By production and child: the symbol that stands for the child's own. */
  private readonly aliases: Uint16Array;
  private readonly aliasRow: number;
  /** By production and child, its own field or null. */
  private readonly fields = new Map<number, readonly (string | null)[]>();

  constructor(memory: ParserMemory, language: Language) {
    this.memory = memory;
    const { bytes, shorts, words } = this.views();
    const at = pointerOf(language);
    const word = (offset: number): number => words[(at + offset) >> 2] ?? 0;
    const symbols = word(4);
    const total = symbols + word(8);
    const productions = word(28);
    this.aliasRow = shorts[(at + 36) >> 1] ?? 0;
    const slices = word(64);
    const entries = word(68);
    const metadata = word(72);
    const publicSymbols = word(76) >> 1;
    const sequences = word(84) >> 1;
    this.looks = Array.from({ length: total }, (_, symbol) => ({
      type: language.types[shorts[publicSymbols + symbol] ?? 0] ?? '',
      visible: bytes[metadata + 3 * symbol] === 1,
      named: bytes[metadata + 3 * symbol + 1] === 1,
    }));
    this.aliases = shorts.slice(sequences, sequences + productions * this.aliasRow);
    for (let production = 0; production < productions; production++) {
      const slice = (slices + 4 * production) >> 1;
      const first = shorts[slice] ?? 0;
      const own: (string | null)[] = [];
      for (let i = first; i < first + (shorts[slice + 1] ?? 0); i++) {
        const entry = entries + 4 * i;
        if (bytes[entry + 3] === 1) continue;
        own[bytes[entry + 2] ?? 0] ??= language.fields[shorts[entry >> 1] ?? 0] ?? null;
      }
      if (own.length > 0) this.fields.set(production, own);
    }
  }

  private views(): { bytes: Uint8Array; shorts: Uint16Array; words: Uint32Array } {
    const { HEAPU32: words } = this.memory;
    if (words === undefined) throw new Error('the parser keeps its memory to itself');
    return { bytes: new Uint8Array(words.buffer), shorts: new Uint16Array(words.buffer), words };
  }

  /** Without recursion: the depth is the text's. */
  read(tree: Tree, known?: KnownTrees): RawTree {
    const { shorts, words } = this.views();
    const { looks, aliases, aliasRow, fields } = this;
    const comments: RawNode[] = [];
    const trees: number[] = [];
    const top: GrowingNode[] = [];
    // One level of the walk: the children of one subtree, shown or not.
    let parent: { readonly children: GrowingNode[] } = { children: top };
    let child = pointerOf(tree);
    let last = child + nodeBytes;
    let structural = 0;
    let production = 0;
    let carried: string | null = null;
    let position = 0;
    let first = true;
    let inRoot = true;
    const levels: Level[] = [];
    for (;;) {
      if (child >= last) {
        const level = levels.pop();
        if (level === undefined) break;
        ({ parent, child, last, structural, production, carried, position, inRoot } = level);
        first = false;
        continue;
      }
      const low = words[child >> 2] ?? 0;
      const inline = (low & 1) === 1;
      const flags = inline ? low >> 1 : (words[(low + 44) >> 2] ?? 0);
      const symbol = inline ? (low >> 8) & 0xff : (shorts[(low + 40) >> 1] ?? 0);
      const high = inline ? (words[(child >> 2) + 1] ?? 0) : 0;
      const padding = inline ? (high >> 16) & 0xff : (words[(low + 4) >> 2] ?? 0);
      const size = inline ? high >>> 24 : (words[(low + 16) >> 2] ?? 0);
      const extra = (flags & 4) !== 0;
      // The padding before a first child is its parent's.
      const start = first && !inRoot ? position : position + padding;
      const end = start + size;
      // Production 0 renames nothing, and its nodes can have more children than a row is long.
      const alias: number =
        extra || production === 0 ? 0 : (aliases[production * aliasRow + structural] ?? 0);
      const own = extra ? null : (fields.get(production)?.[structural] ?? null);
      const field: string | null = extra ? null : (own ?? carried);
      child += nodeBytes;
      if (!extra) structural += 1;
      position = end;
      first = false;
      const shown = alias !== 0 ? looks[alias]?.visible === true : (flags & 1) !== 0;
      let under: { children: GrowingNode[] } = parent;
      if (shown) {
        const named = alias !== 0 ? looks[alias]?.named === true : (flags & 2) !== 0;
        const type = symbol === errorSymbol ? 'ERROR' : (looks[alias !== 0 ? alias : symbol]?.type ?? '');
        // Anonymous nodes matter where a field says what they are.
        if (!named && field === null) continue;
        const count = inline ? 0 : (words[(low + 36) >> 2] ?? 0);
        const node: GrowingNode = {
          type,
          field,
          named,
          start: start / bytesPerUnit,
          end: end / bytesPerUnit,
          children: count === 0 ? noChildren : [],
        };
        if (type === 'comment') comments.push(node);
        else parent.children.push(node);
        if (!named || leaves.has(type)) continue;
        if (parent === top[0]) {
          // Small trees lie in their place and have no number.
          while (trees.length + 1 < parent.children.length) trees.push(0);
          trees.push(inline ? 0 : low);
          if (known?.has(low) === true && !inline) continue;
        }
        under = node;
      }
      const count = inline ? 0 : (words[(low + 36) >> 2] ?? 0);
      if (count === 0) continue;
      levels.push({ parent, child, last, structural, production, carried, position, inRoot });
      parent = under;
      carried = shown ? null : field;
      child = low - count * nodeBytes;
      last = low;
      structural = 0;
      production = shorts[(low + 66) >> 1] ?? 0;
      position = start;
      first = true;
      inRoot = false;
    }
    const root = top[0];
    if (root === undefined) throw new Error('a tree without a root');
    return { root, comments, trees };
  }
}

interface Level {
  readonly parent: { readonly children: GrowingNode[] };
  readonly child: number;
  readonly last: number;
  readonly structural: number;
  readonly production: number;
  readonly carried: string | null;
  readonly position: number;
  readonly inRoot: boolean;
}

/** The first word of a parser's object is where it lies in memory; of a tree, that holds the root. */
function pointerOf(handle: Language | Tree): number {
  return (handle as unknown as { readonly 0: number })[0];
}
