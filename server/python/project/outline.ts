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
  /** The names in `__all__`; undefined where there is none, or one that is put together. */
  readonly exported?: ReadonlySet<string>;
}

const importLine =
  /^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{0,20000}\)|(?:[^\n#\\]|\\\r?\n){1,2000})|import[ \t]+([\w., \t]+))/gm;
const definition = /^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]{1,200})?=(?!=)/gm;
const allNames = /^__all__[ \t]*(?::[^=\n]{1,200})?=[ \t]*[[(]([^\])]{0,20000})[\])][ \t]*(?:#.*)?$/m;

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
  const exported = exportedNames(text);
  return { imports, defines, ...(exported === undefined ? {} : { exported }) };
}

function exportedNames(text: string): Set<string> | undefined {
  const list = text.split('__all__', 3).length === 2 ? allNames.exec(text)?.[1] : undefined;
  const plain = list?.replace(/#.*/g, '');
  // A star in the list, or a name that is no text, stands for names which are said elsewhere.
  if (plain === undefined || !/^[\s,]*(?:(["'])\w+\1[\s,]*)*$/.test(plain)) return undefined;
  return new Set([...plain.matchAll(/\w+/g)].map(([name]) => name));
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
