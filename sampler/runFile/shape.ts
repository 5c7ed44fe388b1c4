/** Checks of values that come from a file: each gives the value in its type, or throws and says where it is wrong. */

import { maskSecrets } from '../../contracts/maskSecrets.ts';
import { withoutControls } from '../../contracts/terminalSequences.ts';

/** A file that is no run, or not a whole one; `message` is one sentence for people. */
export class RunFileError extends Error {
  override readonly name = 'RunFileError';
}

/** @param at where the value stands, for the message: `run.totals.energyJ` */
export type Check<Value> = (value: unknown, at: string) => Value;

function fail(at: string, wanted: string): never {
  throw new RunFileError(`${at} is not ${wanted}.`);
}

export const number: Check<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : fail(at, 'a number');

export const positive: Check<number> = (value, at) => {
  const checked = number(value, at);
  return checked >= 0 ? checked : fail(at, 'a number from 0');
};

/** Above 0 and no more than `most`. */
export const upTo =
  (most: number): Check<number> =>
  (value, at) => {
    const checked = number(value, at);
    return checked > 0 && checked <= most ? checked : fail(at, `a number above 0, up to ${most}`);
  };

export const share: Check<number> = (value, at) => {
  const checked = number(value, at);
  return checked >= 0 && checked <= 1 ? checked : fail(at, 'a share from 0 to 1');
};

export const truth: Check<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : fail(at, 'true or false');

/** Text for people: what would steer a terminal is taken out, secrets are masked, and it has a longest length. */
export const text =
  (longest: number): Check<string> =>
  (value, at) => {
    if (typeof value !== 'string') return fail(at, 'a text');
    return maskSecrets(withoutControls(value.slice(0, longest)));
  };

/** An id of ours or of a device. */
export const id: Check<string> = (value, at) =>
  typeof value === 'string' && /^[\w.:/][\w.:/-]{0,199}$/.test(value) ? value : fail(at, 'an id');

export const oneOf =
  <const Name extends string>(...names: readonly Name[]): Check<Name> =>
  (value, at) =>
    names.find((name) => name === value) ?? fail(at, `one of ${names.join(', ')}`);

export const nullable =
  <Value>(check: Check<Value>): Check<Value | null> =>
  (value, at) =>
    value === null ? null : check(value, at);

export const list =
  <Value>(check: Check<Value>, most: number): Check<readonly Value[]> =>
  (value, at) => {
    if (!Array.isArray(value)) return fail(at, 'a list');
    if (value.length > most) return fail(at, `a list of at most ${most}`);
    return value.map((entry, index) => check(entry, `${at}[${index}]`));
  };

type Checked<Shape> = {
  readonly [Key in keyof Shape]: Shape[Key] extends Check<infer Value> ? Value : never;
};

/** What the shape does not name is dropped: a later version may say more. */
export const object =
  <const Shape extends Readonly<Record<string, Check<unknown>>>>(shape: Shape): Check<Checked<Shape>> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(at, 'an object');
    const given = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(shape).map(([key, check]) => [key, check(given[key], at === '' ? key : `${at}.${key}`)]),
    ) as Checked<Shape>;
  };
