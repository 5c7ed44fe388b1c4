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
  /** Names that hold a logger and nothing else. Most files have one, and no analysis is needed to say what it is. */
  readonly loggers: ReadonlySet<string>;
}

const importLine =
  /^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{0,20000}\)|(?:[^\n#\\]|\\\r?\n){1,2000})|import[ \t]+([\w., \t]+))/gm;
const definition = /^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]{1,200})?=(?!=)/gm;
const logger = /^(\w+)[ \t]*=[ \t]*logging\.getLogger\([^\n()]{0,200}\)[ \t]*(?:#.*)?$/gm;
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
  const loggers = new Set(loggerNames(text, imports));
  return { imports, defines, ...(exported === undefined ? {} : { exported }), loggers };
}

function loggerNames(text: string, imports: readonly OutlineImport[]): string[] {
  const names = [...text.matchAll(logger)].map(([, name = '']) => name);
  if (names.length === 0 || !imports.some(({ module, names: from }) => from === null && module === 'logging'))
    return [];
  return names.filter(
    (name) =>
      !imports.some(({ names: from, alias }) => alias === name || from?.some((n) => n.alias === name)) &&
      text.match(boundSomehow(name))?.length === 1,
  );
}

/** Lines that may bind a name, in whatever scope. */
function boundSomehow(name: string): RegExp {
  return new RegExp(
    `^[ \\t]*(?:(?:async[ \\t]+)?(?:def|class|for|with|global|nonlocal|del)\\b[^\\n]*\\b${name}\\b|(?:[\\w.*, \\t([]+,[ \\t]*)?${name}\\b[^\\n(.]*=(?!=))`,
    'gm',
  );
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
