/**
 * What a file imports and defines, read from its lines alone. Much cheaper than a parse, and enough to know which files
 * belong together. A line inside a string may be taken for an import: it names a file that is then not used.
 */

export interface OutlineImport {
  /** With leading dots for a relative import. */
  readonly module: string;
  /** Null for `import module`. A star stands alone. */
  readonly names: readonly { readonly name: string; readonly alias: string }[] | null;
  /** Of `import module as alias`. */
  readonly alias?: string;
}

export interface Outline {
  readonly imports: readonly OutlineImport[];
  /** Names bound at module level by definitions and assignments. */
  readonly defines: ReadonlySet<string>;
}

const importLine =
  /^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{0,20000}\)|(?:[^\n#\\]|\\\r?\n){1,2000})|import[ \t]+([\w., \t]+))/gm;
const definition = /^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]{1,200})?=(?!=)/gm;

export function outlineOf(text: string): Outline {
  const imports: OutlineImport[] = [];
  for (const [, from, list, modules] of text.matchAll(importLine)) {
    if (from !== undefined && list !== undefined) imports.push({ module: from, names: importedNames(list) });
    for (const part of modules?.split(',') ?? []) {
      const [module = '', as, alias] = part.trim().split(/\s+/, 3);
      if (module === '') continue;
      imports.push({ module, names: null, ...(as === 'as' && alias !== undefined ? { alias } : {}) });
    }
  }
  const defines = new Set<string>();
  for (const [, defined, assigned] of text.matchAll(definition)) defines.add(defined ?? assigned ?? '');
  return { imports, defines };
}

function importedNames(list: string): { name: string; alias: string }[] {
  return list
    .replace(/#[^\n]*/g, '')
    .replace(/[()\\;]/g, ' ')
    .split(',')
    .map((part) => /^\s*(\w+|\*)(?:\s+as\s+(\w+))?/.exec(part))
    .filter((match) => match !== null)
    .map(([, name = '', alias]) => ({ name, alias: alias ?? name }));
}
