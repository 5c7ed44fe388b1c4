/** Files of settings that a script reads: YAML and JSON as values, each of them a default that somebody may override. */

import { load } from 'js-yaml';
import { type DictItem, none, number, string, unknown, type Value, value } from '../values.ts';

/** Longer files hold data, in characters. */
const longest = 100_000;
/** A file that unfolds to more through its anchors was not written by hand. */
const mostValues = 5_000;
const mostMerges = 100;

/** What a file says; undefined for one that is broken, has tags of its own, or is none of settings. */
export function settingsIn(path: string, text: string): Value | undefined {
  if (text.length > longest || text.split('<<').length > mostMerges) return undefined;
  try {
    const left = { values: mostValues };
    return settingOf(/\.json$/i.test(path) ? JSON.parse(text) : load(text), left);
  } catch {
    return undefined;
  }
}

function settingOf(read: unknown, left: { values: number }): Value {
  left.values -= 1;
  if (left.values < 0) throw new RangeError('too many values');
  if (read === null) return { ...none, overridable: true };
  if (Array.isArray(read)) return value('sequence', { items: read.map((item) => settingOf(item, left)) });
  switch (typeof read) {
    case 'boolean':
      return { ...number, dtype: 'bool', constant: read, overridable: true };
    case 'number':
      return {
        ...number,
        dtype: Number.isInteger(read) ? 'int' : 'float',
        constant: read,
        overridable: true,
      };
    case 'string':
      return filledInLater.test(read) ? unknown : { ...string, constant: read, overridable: true };
    case 'object':
      return read instanceof Date ? unknown : dictOf(Object.entries(read), left);
    default:
      return unknown;
  }
}

/** `${other.key}`, `{{ template }}` and `???`. */
const filledInLater = /\$\{|\{\{|^\?\?\?$/;

function dictOf(entries: readonly (readonly [string, unknown])[], left: { values: number }): Value {
  const items = entries.map(([key, read]): readonly [string, DictItem] => [
    key,
    { value: settingOf(read, left), always: true },
  ]);
  return value('dict', { entries: new Map(items), open: false });
}

/** Two files of settings as one: what the second says of a key holds, and dicts are joined. */
export function laidOver(below: Value, above: Value, depth = 0): Value {
  if (below.entries === undefined || above.entries === undefined || depth > 8) return above;
  const entries = new Map(below.entries);
  for (const [key, { value: v, always }] of above.entries) {
    const before = entries.get(key);
    entries.set(key, { value: before === undefined ? v : laidOver(before.value, v, depth + 1), always });
  }
  return { ...above, entries, open: below.open || above.open };
}
