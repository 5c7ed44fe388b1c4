/** Which settings hold for a file and who said each, as a page. */

import { basename } from 'node:path';
import type { SettingsResult } from '../../contracts/lspExtensions.ts';
import {
  type Assumptions,
  assumptionNames,
  type Effective,
  type Origin,
  originText,
} from '../engine/configuration.ts';
import type { RuleText } from './engineDoor.ts';
import { markdownText } from './outsideText.ts';

const row = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), `|${' --- |'.repeat(heads.length)}`, ...rows.map(row)].join('\n');

export function settingsPage(
  path: string,
  projectFile: string | undefined,
  rules: readonly RuleText[],
  settings: Effective,
): SettingsResult {
  const origin = (of: Origin): string => originText(of, (at) => basename(at));
  const sorted = [...rules].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const ruleRows = sorted.flatMap(({ name, severity }) => {
    const rule = settings.rules.get(name);
    if (rule === undefined) return [];
    const reports = rule.on.value ? 'yes' : 'no';
    const level = rule.severity.value ?? severity;
    return [[name, reports, origin(rule.on.origin), level, origin(rule.severity.origin)]];
  });
  const assumed = (Object.keys(assumptionNames) as (keyof Assumptions)[]).map((name) => {
    const value = settings.assume[name];
    return value === undefined
      ? [assumptionNames[name], 'not said', '']
      : [assumptionNames[name], String(value.value), origin(value.origin)];
  });
  const markdown = [
    '# Checker settings',
    `For ${markdownText(path)}. Project file: ${projectFile === undefined ? 'none with a tool.perjoule table' : markdownText(projectFile)}.`,
    table(['Rule', 'Reports', 'Said by', 'Severity', 'Said by'], ruleRows),
    table(['Assumed', 'Value', 'Said by'], assumed),
    'From the strongest word to the weakest: a comment in the code, the setting perjoule.hints.severity, overrides of the project file that match the path, its tool.perjoule table, the rule itself.',
  ].join('\n\n');
  return { markdown: `${markdown}\n` };
}
