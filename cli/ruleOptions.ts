/** What `--select` and `--ignore` say, as the layer above the project file. */

import { type ConfigurableRule, type Layer, rulesNamed } from '../server/engine/configuration.ts';
import { UsageError } from './usageError.ts';

export interface RuleOptions {
  readonly select?: readonly string[];
  readonly ignore?: readonly string[];
}

/** For commander: names separated by commas; the option may be repeated. */
export const ruleNames = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
];

/** @throws UsageError for a name that no rule and no group has */
function resolved(names: readonly string[], rules: readonly ConfigurableRule[]): ReadonlySet<string> {
  return new Set(
    names.flatMap((name) => {
      const found = rulesNamed(name, rules);
      if (found !== undefined) return found;
      throw new UsageError(`there is no rule “${name}”; "perjoule rules" lists the names.`);
    }),
  );
}

/** @throws UsageError */
export function commandLineLayer({ select, ignore }: RuleOptions, rules: readonly ConfigurableRule[]): Layer {
  if (select?.length === 0) throw new UsageError('--select names no rule; "perjoule rules" lists the names.');
  const origin = (option: string) => ({ kind: 'commandLine', option }) as const;
  return {
    ...(select === undefined
      ? {}
      : { select: { value: resolved(select, rules), origin: origin('--select') } }),
    ...(ignore === undefined
      ? {}
      : { ignore: { value: resolved(ignore, rules), origin: origin('--ignore') } }),
  };
}
