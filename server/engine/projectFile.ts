/** `[tool.perjoule]` of a `pyproject.toml`: what it says, and what is wrong with it, each at its place. */

import ignore from 'ignore';
import {
  type ConfigurableRule,
  type Layer,
  type OperatingSystem,
  operatingSystems,
  type RuleLevel,
  rulesNamed,
  type Said,
} from './configuration.ts';
import type { Problem, Span } from './finding.ts';
import { readToml, type TomlEntry, type TomlValue } from './tomlTree.ts';

export interface ProjectOverride {
  readonly layer: Layer;
  /** The path is relative to the file's folder, with forward slashes. */
  matches(path: string): boolean;
}

export interface ProjectConfiguration {
  readonly layer: Layer;
  /** In the order of the file; a later one wins. */
  readonly overrides: readonly ProjectOverride[];
}

export interface ProjectFileContent {
  /** Undefined when the file has no `[tool.perjoule]`. */
  readonly configuration: ProjectConfiguration | undefined;
  readonly problems: readonly Problem[];
}

type Table = TomlValue & { readonly kind: 'table' };

const levels: readonly RuleLevel[] = ['off', 'hint', 'information', 'warning', 'error'];
const layerKeys = ['select', 'ignore', 'severity', 'assume'] as const;
const longestList = 1000;
/** In UTF-16 units; project files of real projects are a tenth of it. */
const longestText = 256 * 1024;
/** Whether a text that cannot be read as TOML speaks of us. */
const namesUs = /^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*["']?perjoule\b/m;

const listed = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

class Reader {
  readonly problems: Problem[] = [];
  readonly #text: string;
  readonly #path: string;
  readonly #rules: readonly ConfigurableRule[];

  constructor(text: string, path: string, rules: readonly ConfigurableRule[]) {
    this.#text = text;
    this.#path = path;
    this.#rules = rules;
  }

  wrong({ start, end }: Span, message: string): void {
    this.problems.push({ kind: 'configuration', start, end, message });
  }

  said<T>(value: T, { start }: Span): Said<T> {
    let line = 1;
    for (let at = this.#text.indexOf('\n'); at >= 0 && at < start; at = this.#text.indexOf('\n', at + 1))
      line += 1;
    return { value, origin: { kind: 'project', path: this.#path, line } };
  }

  table(entry: TomlEntry | undefined, name: string): Table | undefined {
    if (entry === undefined) return undefined;
    if (entry.value.kind === 'table') return entry.value;
    this.wrong(entry.value.span, `"${name}" is a table, not a single value.`);
    return undefined;
  }

  unknownKeys(table: Table, known: readonly string[], place: string): void {
    for (const [name, { key }] of table.entries)
      if (!known.includes(name))
        this.wrong(key, `There is no "${name}" in ${place}; it can hold ${listed(known)}.`);
  }

  texts(entry: TomlEntry | undefined, name: string): readonly { text: string; span: Span }[] | undefined {
    if (entry === undefined) return undefined;
    const { value } = entry;
    if (value.kind !== 'list') {
      this.wrong(value.span, `"${name}" is a list of texts, such as ${name} = ["…"].`);
      return undefined;
    }
    return value.items.slice(0, longestList).flatMap((item) => {
      if (item.kind === 'plain' && typeof item.value === 'string')
        return [{ text: item.value, span: item.span }];
      this.wrong(item.span, `"${name}" holds texts only.`);
      return [];
    });
  }

  rules(entry: TomlEntry | undefined, name: string): Said<ReadonlySet<string>> | undefined {
    const texts = this.texts(entry, name);
    if (entry === undefined || texts === undefined) return undefined;
    const names = new Set<string>();
    for (const { text, span } of texts) {
      const found = rulesNamed(text, this.#rules);
      if (found === undefined)
        this.wrong(span, `No rule or group of rules is named "${text}"; "perjoule rules" lists the names.`);
      for (const rule of found ?? []) names.add(rule);
    }
    return this.said(names, entry.key);
  }

  severity(entry: TomlEntry | undefined): ReadonlyMap<string, Said<RuleLevel>> | undefined {
    const table = this.table(entry, 'severity');
    if (table === undefined) return undefined;
    const severity = new Map<string, Said<RuleLevel>>();
    for (const [name, { key, value }] of table.entries) {
      const level = value.kind === 'plain' ? levels.find((known) => known === value.value) : undefined;
      const found = rulesNamed(name, this.#rules);
      if (found === undefined)
        this.wrong(key, `No rule or group of rules is named "${name}"; "perjoule rules" lists the names.`);
      if (level === undefined) this.wrong(value.span, `A severity is one of ${listed(levels)}.`);
      else for (const rule of found ?? []) severity.set(rule, this.said(level, key));
    }
    return severity;
  }

  assume(entry: TomlEntry | undefined): Layer['assume'] {
    const table = this.table(entry, 'assume');
    if (table === undefined) return undefined;
    this.unknownKeys(table, ['gpu', 'os', 'world-size'], '"assume"');
    const at = (name: string): { value: unknown; span: Span; key: Span } | undefined => {
      const found = table.entries.get(name);
      if (found === undefined) return undefined;
      const { value } = found;
      return { value: value.kind === 'plain' ? value.value : undefined, span: value.span, key: found.key };
    };
    const [gpu, os, world] = [at('gpu'), at('os'), at('world-size')];
    const system = operatingSystems.find((name): name is OperatingSystem => name === os?.value);
    if (os !== undefined && system === undefined)
      this.wrong(os.span, `"os" is one of ${listed(operatingSystems)}.`);
    const model = typeof gpu?.value === 'string' && gpu.value.trim() !== '' ? gpu.value.trim() : undefined;
    if (gpu !== undefined && model === undefined)
      this.wrong(gpu.span, '"gpu" is the name of a GPU model, such as "NVIDIA H100".');
    // A TOML integer may be read as a big one.
    const count = typeof world?.value === 'bigint' ? Number(world.value) : world?.value;
    const size = typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 ? count : undefined;
    if (world !== undefined && size === undefined)
      this.wrong(world.span, '"world-size" is the number of processes that train together, 1 or more.');
    return {
      ...(gpu === undefined || model === undefined ? {} : { gpu: this.said(model, gpu.key) }),
      ...(os === undefined || system === undefined ? {} : { os: this.said(system, os.key) }),
      ...(world === undefined || size === undefined ? {} : { worldSize: this.said(size, world.key) }),
    };
  }

  layer(table: Table): Layer {
    const { entries } = table;
    const select = this.rules(entries.get('select'), 'select');
    const ignored = this.rules(entries.get('ignore'), 'ignore');
    const severity = this.severity(entries.get('severity'));
    const assume = this.assume(entries.get('assume'));
    return {
      ...(select === undefined ? {} : { select }),
      ...(ignored === undefined ? {} : { ignore: ignored }),
      ...(severity === undefined ? {} : { severity }),
      ...(assume === undefined ? {} : { assume }),
    };
  }

  overrides(entry: TomlEntry | undefined): readonly ProjectOverride[] {
    if (entry === undefined) return [];
    const tables = entry.value.kind === 'list' ? entry.value.items : [entry.value];
    return tables.flatMap((table) => {
      if (table.kind !== 'table') {
        this.wrong(table.span, '"overrides" holds tables; each begins with [[tool.perjoule.overrides]].');
        return [];
      }
      this.unknownKeys(table, ['paths', ...layerKeys], '"overrides"');
      const paths = this.texts(table.entries.get('paths'), 'paths');
      if (table.entries.get('paths') === undefined)
        this.wrong(table.span, 'This override names no "paths", so it applies to nothing.');
      const patterns = ignore().add((paths ?? []).map(({ text }) => text));
      return [
        { layer: this.layer(table), matches: (path: string) => isRelative(path) && patterns.ignores(path) },
      ];
    });
  }
}

/** Only what lies below the file's folder can match. */
const isRelative = (path: string): boolean => ignore.isPathValid(path);

/** Reads the section; wrong entries are told and left out, the others count. */
export function readProjectFile(
  text: string,
  path: string,
  rules: readonly ConfigurableRule[],
): ProjectFileContent {
  if (!text.includes('perjoule')) return { configuration: undefined, problems: [] };
  const reader = new Reader(text, path, rules);
  if (text.length > longestText) {
    if (namesUs.test(text))
      reader.wrong({ start: 0, end: 0 }, 'This file is larger than 256 KB, so its settings were not read.');
    return { configuration: undefined, problems: reader.problems };
  }
  const toml = readToml(text);
  if ('wrong' in toml) {
    // A broken file of somebody who never heard of us is none of our business.
    if (namesUs.test(text))
      reader.wrong({ start: toml.at, end: toml.at }, `This is not TOML: ${toml.wrong.replace(/\.$/, '')}.`);
    return { configuration: undefined, problems: reader.problems };
  }
  const tool = toml.root.entries.get('tool')?.value;
  const section = tool?.kind === 'table' ? tool.entries.get('perjoule') : undefined;
  const table = reader.table(section, 'tool.perjoule');
  if (table === undefined) return { configuration: undefined, problems: reader.problems };
  reader.unknownKeys(table, [...layerKeys, 'overrides'], '[tool.perjoule]');
  const configuration = {
    layer: reader.layer(table),
    overrides: reader.overrides(table.entries.get('overrides')),
  };
  return { configuration, problems: reader.problems.sort((a, b) => a.start - b.start) };
}

/** The project's layers for one file, the weakest first. */
export function layersFor(
  configuration: ProjectConfiguration | undefined,
  path: string,
  folder: string,
): readonly Layer[] {
  if (configuration === undefined) return [];
  const plain = path.replaceAll('\\', '/');
  const base = `${folder.replaceAll('\\', '/').replace(/\/$/, '')}/`;
  const below = plain.startsWith(base) ? plain.slice(base.length) : undefined;
  const own = configuration.overrides.filter(({ matches }) => below !== undefined && matches(below));
  return [configuration.layer, ...own.map(({ layer }) => layer)];
}
