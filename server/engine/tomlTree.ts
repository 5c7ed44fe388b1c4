/** A TOML text as nested values that know where they stand. */

import { type AST, parseTOML } from 'toml-eslint-parser';
import type { Span } from './finding.ts';

export type TomlValue =
  | { readonly kind: 'table'; readonly span: Span; readonly entries: ReadonlyMap<string, TomlEntry> }
  | { readonly kind: 'list'; readonly span: Span; readonly items: readonly TomlValue[] }
  | { readonly kind: 'plain'; readonly span: Span; readonly value: unknown };

export interface TomlEntry {
  readonly key: Span;
  readonly value: TomlValue;
}

interface OpenTable {
  readonly kind: 'table';
  readonly span: Span;
  readonly entries: Map<string, { key: Span; value: OpenValue }>;
}
interface OpenList {
  readonly kind: 'list';
  readonly span: Span;
  readonly items: OpenValue[];
}
type OpenValue = OpenTable | OpenList | Extract<TomlValue, { kind: 'plain' }>;

const spanOf = (node: { readonly range: AST.Range }): Span => ({ start: node.range[0], end: node.range[1] });
const newTable = (span: Span): OpenTable => ({ kind: 'table', span, entries: new Map() });
const nameOf = (key: AST.TOMLBare | AST.TOMLQuoted): string =>
  key.type === 'TOMLBare' ? key.name : key.value;

/** The table behind a path of keys; the last item where a key holds a list of tables. */
function descend(table: OpenTable, keys: readonly (AST.TOMLBare | AST.TOMLQuoted)[]): OpenTable | undefined {
  let at: OpenTable = table;
  for (const key of keys) {
    let next = at.entries.get(nameOf(key))?.value;
    if (next === undefined) {
      next = newTable(spanOf(key));
      at.entries.set(nameOf(key), { key: spanOf(key), value: next });
    }
    if (next.kind === 'list') next = next.items.at(-1);
    if (next?.kind !== 'table') return undefined;
    at = next;
  }
  return at;
}

function put(table: OpenTable, pair: AST.TOMLKeyValue): void {
  const holder = descend(table, pair.key.keys.slice(0, -1));
  const key = pair.key.keys.at(-1);
  if (holder === undefined || key === undefined) return;
  holder.entries.set(nameOf(key), { key: spanOf(key), value: contentOf(pair.value) });
}

function contentOf(node: AST.TOMLContentNode): OpenValue {
  if (node.type === 'TOMLArray')
    return { kind: 'list', span: spanOf(node), items: node.elements.map(contentOf) };
  if (node.type === 'TOMLInlineTable') {
    const table = newTable(spanOf(node));
    for (const pair of node.body) put(table, pair);
    return table;
  }
  return { kind: 'plain', span: spanOf(node), value: node.value };
}

function open(root: OpenTable, node: AST.TOMLTable): OpenTable | undefined {
  if (node.kind === 'standard') return descend(root, node.key.keys);
  const holder = descend(root, node.key.keys.slice(0, -1));
  const key = node.key.keys.at(-1);
  if (holder === undefined || key === undefined) return undefined;
  const table = newTable(spanOf(node.key));
  const known = holder.entries.get(nameOf(key))?.value;
  if (known?.kind === 'list') known.items.push(table);
  else
    holder.entries.set(nameOf(key), {
      key: spanOf(key),
      value: { kind: 'list', span: spanOf(node.key), items: [table] },
    });
  return table;
}

/** The text's tables, or what is wrong with it and where. Never throws. */
export function readToml(
  text: string,
): { readonly root: TomlValue & { kind: 'table' } } | { readonly wrong: string; readonly at: number } {
  try {
    const root = newTable({ start: 0, end: text.length });
    for (const node of parseTOML(text).body[0].body) {
      if (node.type === 'TOMLKeyValue') put(root, node);
      else {
        const table = open(root, node);
        if (table !== undefined) for (const pair of node.body) put(table, pair);
      }
    }
    return { root };
  } catch (error) {
    if (error instanceof RangeError) return { wrong: 'it is nested too deeply', at: 0 };
    const at = error instanceof Error && 'index' in error ? Number(error.index) : 0;
    return {
      wrong: error instanceof Error ? error.message : String(error),
      at: Math.min(Math.max(0, at || 0), text.length),
    };
  }
}
