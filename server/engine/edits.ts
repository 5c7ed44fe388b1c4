/** Building blocks of fixes: indentation, imports, names that are free. All positions are UTF-16 offsets. */

import type { Call, FunctionDef, Module, Node, Stmt } from '../python/nodes.ts';
import type { Program } from '../python/program.ts';
import { blocksOf, visit } from '../python/walk.ts';
import type { Span, TextEdit } from './finding.ts';

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Offset of the line break that ends the line, without its `\r`; the end of the text on the last line. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** The dot before the name of a method call: brackets around its object belong to the object. */
export function dotOf(text: string, call: Call): number {
  return text.lastIndexOf('.', call.brackets.start);
}

export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** White space before a node; undefined when something else stands before it on its line. */
export function indentOf(text: string, node: Span): string | undefined {
  const before = text.slice(lineStart(text, node.start), node.start);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** What one level adds, judged from a block and its first statement. */
export function indentUnit(text: string, outer: Span, inner: Span | undefined): string {
  const a = indentOf(text, outer) ?? '';
  const b = inner === undefined ? undefined : indentOf(text, inner);
  return b?.startsWith(a) && b.length > a.length ? b.slice(a.length) : '    ';
}

/** Whether a statement can be moved as whole lines: alone on them, and without a text that holds a line break. */
export function standsAlone(text: string, node: Stmt): boolean {
  if (indentOf(text, node) === undefined) return false;
  const rest = text.slice(node.end, lineEnd(text, node.end)).trim();
  if (rest !== '' && !rest.startsWith('#')) return false;
  let whole = true;
  visit(node, (n) => {
    if ((n.kind === 'String' || n.kind === 'Formatted') && text.slice(n.start, n.end).includes('\n'))
      whole = false;
    return undefined;
  });
  return whole;
}

/** Puts `header` above whole lines and moves them one level in. */
export function wrapLines(text: string, span: Span, header: string, unit: string): TextEdit[] {
  const edits: TextEdit[] = [];
  const newline = newlineOf(text);
  const indent = indentOf(text, span) ?? '';
  let at = lineStart(text, span.start);
  let first = true;
  while (at <= span.end && at < text.length) {
    const end = lineEnd(text, at);
    if (first) edits.push({ start: at, end: at, text: `${indent}${header}${newline}${unit}` });
    else if (text.slice(at, end).trim() !== '') edits.push({ start: at, end: at, text: unit });
    first = false;
    const next = text.indexOf('\n', at);
    if (next < 0) break;
    at = next + 1;
  }
  return edits;
}

/** The statements of the block that a statement stands in, itself among them. */
export function siblingsOf(program: Program, statement: Stmt): readonly Stmt[] {
  const parent = program.parents.get(statement);
  if (parent === undefined) return program.module.body.body;
  return blocksOf(parent as Stmt).find((b) => b.body.includes(statement))?.body ?? [];
}

/** Takes a statement out with its line; the only one of a block becomes `pass`. Undefined when it shares its line. */
export function removal(program: Program, statement: Stmt): TextEdit[] | undefined {
  const { text } = program;
  if (!standsAlone(text, statement)) return undefined;
  const siblings = siblingsOf(program, statement);
  if (siblings.length === 1) return [{ start: statement.start, end: statement.end, text: 'pass' }];
  const start = lineStart(text, statement.start);
  const next = text.indexOf('\n', statement.end);
  return [{ start, end: next < 0 ? text.length : next + 1, text: '' }];
}

/** The name a module goes by in this file, when it is imported whole. */
export function nameOfModule(program: Program, module: string): string | undefined {
  for (const statement of program.module.body.body) {
    if (statement.kind !== 'Import') continue;
    for (const n of statement.names) {
      if (n.name === module) return n.alias ?? n.name;
      if (n.alias === null && n.name.startsWith(`${module}.`)) return module;
    }
  }
  return undefined;
}

/** An edit that imports a module below the docstring and the `__future__` lines; imports of the file keep their order. */
export function importEdit(program: Program, module: string): TextEdit {
  const { text } = program;
  const newline = newlineOf(text);
  const imports = program.module.body.body.filter((s) => s.kind === 'Import' || s.kind === 'ImportFrom');
  const first = imports[0];
  const before = imports.filter((s) => s.kind === 'Import' && (s.names[0]?.name ?? '') < module).at(-1);
  if (before !== undefined && imports.indexOf(before) === contiguous(imports, text)(before)) {
    const at = lineEnd(text, before.end);
    return { start: at, end: at, text: `${newline}import ${module}` };
  }
  const at = first === undefined ? 0 : lineStart(text, first.start);
  return { start: at, end: at, text: `import ${module}${newline}` };
}

/** Position of a statement within the unbroken run of imports at the top. */
function contiguous(imports: readonly Stmt[], text: string): (s: Stmt) => number {
  return (s) => {
    const index = imports.indexOf(s);
    for (let i = 0; i < index; i++) {
      const [a, b] = [imports[i], imports[i + 1]];
      if (a === undefined || b === undefined || text.slice(a.end, b.start).trim() !== '') return -1;
    }
    return index;
  };
}

/** The first of the names that the scope does not use. */
export function freeName(scope: FunctionDef | Module, candidates: readonly string[]): string {
  const used = new Set<string>();
  const look = (node: Node): undefined => {
    if (node.kind === 'Name') used.add(node.id);
  };
  for (const s of scope.body.body) visit(s, look);
  if ('parameters' in scope) for (const p of scope.parameters) used.add(p.name);
  return candidates.find((c) => !used.has(c)) ?? `${candidates[0] ?? 'value'}_`;
}

/** In order of position, as a fix wants them. */
export function inOrder(edits: readonly TextEdit[]): TextEdit[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}
