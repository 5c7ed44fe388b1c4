import { type HintScope, severityNames } from '../../contracts/settings.ts';
import { type ConfigurableRule, type Layer, type RuleLevel, rulesNamed } from '../engine/configuration.ts';

export type SeveritySetting = RuleLevel;

export interface HintSettings {
  readonly enable: boolean;
  /** Which files are shown with their findings; read at the start only. */
  readonly scope: HintScope;
  /** What the user said about single rules. */
  readonly severity: ReadonlyMap<string, SeveritySetting>;
  /** URI of the folder of rule pages, without a slash at its end. */
  readonly rulePages: string | undefined;
}

export const defaultHintSettings: HintSettings = {
  enable: true,
  scope: 'openFiles',
  severity: new Map(),
  rulePages: undefined,
};

const isSeverity = (value: unknown): value is SeveritySetting => severityNames.some((name) => name === value);

/** Takes what it understands and keeps the rest as it was: a wrong value must not switch the hints off. */
export function readHintSettings(value: unknown, before: HintSettings): HintSettings {
  if (typeof value !== 'object' || value === null) return before;
  const given = value as Readonly<Record<string, unknown>>;
  const { enable, scope, severity, rulePages } = given;
  return {
    enable: typeof enable === 'boolean' ? enable : before.enable,
    scope: scope === 'workspace' || scope === 'openFiles' ? scope : before.scope,
    severity:
      typeof severity === 'object' && severity !== null
        ? new Map(
            Object.entries(severity).filter((entry): entry is [string, SeveritySetting] =>
              isSeverity(entry[1]),
            ),
          )
        : before.severity,
    rulePages:
      typeof rulePages === 'string' && rulePages !== '' ? rulePages.replace(/\/+$/, '') : before.rulePages,
  };
}

/** What the editor says, as the layer above the project file. */
export function editorLayer(settings: HintSettings, rules: readonly ConfigurableRule[]): Layer {
  const origin = { kind: 'editor', setting: 'perjoule.hints.severity' } as const;
  const severity = [...settings.severity].flatMap(([name, value]) =>
    (rulesNamed(name, rules) ?? []).map((rule) => [rule, { value, origin }] as const),
  );
  return { severity: new Map(severity) };
}
