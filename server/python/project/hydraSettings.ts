/** What Hydra hands a function: a file of settings, put together from those that its list of defaults names. */

import { type DictItem, unknown, type Value, value } from '../values.ts';
import { laidOver } from './settingsFile.ts';

/** Files that name each other as defaults. */
const deepest = 4;

/** `settings` gives the file of a path without its ending. */
export function composed(
  name: string,
  settings: (name: string) => Value | undefined,
  depth = 0,
): Value | undefined {
  const own = settings(name);
  if (own?.entries === undefined || depth > deepest) return undefined;
  const defaults = own.entries.get('defaults')?.value.items ?? [];
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  let all: Value = value('dict', { entries: new Map(), open: false });
  for (const one of defaults) {
    if (one.constant === '_self_') continue;
    const part =
      typeof one.constant === 'string'
        ? (composed(folder + one.constant, settings, depth + 1) ?? notKnown)
        : group(one, (choice) => composed(folder + choice, settings, depth + 1));
    all = laidOver(all, part);
  }
  return laidOver(all, own);
}

/** Something of it is said elsewhere. */
const notKnown = value('dict', { entries: new Map(), open: true });

/** `optimizer: adam`: the file `optimizer/adam` under the key `optimizer`. */
function group(one: Value, choice: (path: string) => Value | undefined): Value {
  const [entry, ...others] = one.entries ?? [];
  if (entry === undefined || others.length > 0) return notKnown;
  const [key, { value: chosen }] = entry;
  const name = key.replace(/^optional /, '');
  // `override`, a package of its own or a group within a group: put elsewhere.
  if (!/^\w+$/.test(name)) return notKnown;
  const put = (v: Value): Value => {
    const item: DictItem = { value: v, always: true };
    return value('dict', { entries: new Map([[name, item]]), open: false });
  };
  return put(
    typeof chosen.constant === 'string' ? (choice(`${name}/${chosen.constant}`) ?? unknown) : unknown,
  );
}
