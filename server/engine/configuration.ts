/**
 * Which rules report, how loudly, and what may be taken for granted about the machine. Pure data: layers come from the
 * defaults, the project file, the editor or the command line; the later layer wins.
 */

import type { Severity } from '../../contracts/findings.ts';
import type { RuleMetadata } from './rule.ts';

export type RuleLevel = Severity | 'off';

/** Where a value was said. Lines from 1. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'project'; readonly path: string; readonly line: number }
  | { readonly kind: 'editor'; readonly setting: string }
  | { readonly kind: 'commandLine'; readonly option: string };

export interface Said<T> {
  readonly value: T;
  readonly origin: Origin;
}

export const operatingSystems = ['linux', 'macos', 'windows'] as const;
export type OperatingSystem = (typeof operatingSystems)[number];

/** What the code cannot tell: the machine it will run on. Unsaid stays undefined. */
export interface Assumptions {
  /** Name of the GPU model. */
  readonly gpu?: string;
  readonly os?: OperatingSystem;
  /** Processes that train together. */
  readonly worldSize?: number;
}

export interface Layer {
  /** Only these rules report, by name; undefined when the layer does not choose. */
  readonly select?: Said<ReadonlySet<string>>;
  readonly severity?: ReadonlyMap<string, Said<RuleLevel>>;
  /** These rules do not report. */
  readonly ignore?: Said<ReadonlySet<string>>;
  readonly assume?: { readonly [Name in keyof Assumptions]?: Said<NonNullable<Assumptions[Name]>> };
}

export interface EffectiveRule {
  readonly on: Said<boolean>;
  /** Undefined: each finding carries its own. */
  readonly severity: Said<Severity | undefined>;
}

export interface Effective {
  readonly rules: ReadonlyMap<string, EffectiveRule>;
  readonly assume: { readonly [Name in keyof Assumptions]?: Said<NonNullable<Assumptions[Name]>> };
}

/** The part of a rule's metadata that configuration speaks of. */
export type ConfigurableRule = Pick<RuleMetadata, 'name' | 'aliases' | 'family' | 'stage'>;

const byDefault: Origin = { kind: 'default' };

/**
 * The rules that a name stands for: a rule by its name or a former one, a family, `stable`, `preview` or `all`.
 * Undefined when it stands for none.
 */
export function rulesNamed(name: string, rules: readonly ConfigurableRule[]): readonly string[] | undefined {
  const one = rules.find((rule) => rule.name === name || rule.aliases.includes(name));
  if (one !== undefined) return [one.name];
  if (name === 'all') return rules.map((rule) => rule.name);
  if (name === 'stable' || name === 'preview')
    return rules.filter((rule) => rule.stage === name).map((rule) => rule.name);
  const family = rules.filter((rule) => rule.family === name).map((rule) => rule.name);
  return family.length === 0 ? undefined : family;
}

/** Joins layers, the weakest first. Within a layer: `select`, then `severity`, then `ignore`. */
export function effective(rules: readonly ConfigurableRule[], layers: readonly Layer[]): Effective {
  const result = new Map<string, EffectiveRule>();
  for (const { name, stage } of rules) {
    let on: Said<boolean> = { value: stage === 'stable', origin: byDefault };
    let severity: Said<Severity | undefined> = { value: undefined, origin: byDefault };
    for (const layer of layers) {
      if (layer.select !== undefined)
        on = { value: layer.select.value.has(name), origin: layer.select.origin };
      const said = layer.severity?.get(name);
      if (said?.value === 'off') on = { value: false, origin: said.origin };
      else if (said !== undefined) {
        severity = { value: said.value, origin: said.origin };
        // Who says how loudly a rule reports wants it to report, unless the same layer chose others.
        if (layer.select === undefined) on = { value: true, origin: said.origin };
      }
      if (layer.ignore?.value.has(name)) on = { value: false, origin: layer.ignore.origin };
    }
    result.set(name, { on, severity });
  }
  return { rules: result, assume: Object.assign({}, ...layers.map((layer) => layer.assume)) };
}

/** Rules that do not report. */
export function rulesOff({ rules }: Effective): ReadonlySet<string> {
  return new Set([...rules].flatMap(([name, { on }]) => (on.value ? [] : [name])));
}

export function assumptionsOf({ assume }: Effective): Assumptions {
  return {
    ...(assume.gpu === undefined ? {} : { gpu: assume.gpu.value }),
    ...(assume.os === undefined ? {} : { os: assume.os.value }),
    ...(assume.worldSize === undefined ? {} : { worldSize: assume.worldSize.value }),
  };
}

/** Where a value was said, for people; `showPath` names the project file. */
export function originText(origin: Origin, showPath: (path: string) => string): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'project':
      return `${showPath(origin.path)}:${origin.line}`;
    case 'editor':
      return origin.setting;
    case 'commandLine':
      return origin.option;
  }
}

/** What is assumed about the machine, by the names that settings have. */
export const assumptionNames: Readonly<Record<keyof Assumptions, string>> = {
  gpu: 'gpu',
  os: 'os',
  worldSize: 'world-size',
};
