import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentToolNames, agentTools, editorToolName } from '../../contracts/agentTools.ts';
import { commandCategory, commands, menuEntries } from '../../contracts/commands.ts';
import { type SettingInfo, settings, severityNames } from '../../contracts/settings.ts';
import { projectFolder } from '../projectFolder.ts';
import type { Generator } from './generator.ts';
import { type RuleSummary, ruleMetadata } from './ruleFolders.ts';

/** The parts of `contributes` that the tables of commands, settings and tools decide; the rest of package.json is by hand. */
export const manifest: Generator = {
  name: 'manifest',
  async outputs() {
    const text = readFileSync(join(projectFolder, 'package.json'), 'utf8');
    const manifest = JSON.parse(text) as { contributes?: Record<string, unknown> };
    manifest.contributes = {
      ...manifest.contributes,
      commands: commandContributions(),
      menus: menuContributions(),
      languageModelTools: toolContributions(),
      configuration: configurationContributions(await ruleMetadata()),
    };
    return new Map([['package.json', `${JSON.stringify(manifest, null, 2)}\n`]]);
  },
};

function commandContributions(): unknown[] {
  return Object.entries(commands).map(([command, { title, icon, enablement }]) => ({
    command,
    title,
    category: commandCategory,
    ...(icon ? { icon } : {}),
    ...(enablement ? { enablement } : {}),
  }));
}

function menuContributions(): Record<string, unknown[]> {
  const menus: Record<string, unknown[]> = {};
  for (const { menu, command, when, group } of menuEntries) {
    menus[menu] ??= [];
    menus[menu].push({ command, when, group });
  }
  menus['commandPalette'] = Object.entries(commands)
    .filter(([, info]) => info.palette === false)
    .map(([command]) => ({ command, when: 'false' }));
  return menus;
}

function toolContributions(): unknown[] {
  return agentToolNames.map((name) => {
    const { title, description, reference, icon, inputSchema } = agentTools[name];
    return {
      name: editorToolName(name),
      displayName: title,
      toolReferenceName: reference,
      canBeReferencedInPrompt: true,
      icon,
      userDescription: title,
      modelDescription: description,
      tags: ['perjoule', 'energy', 'gpu'],
      inputSchema,
    };
  });
}

function configurationContributions(rules: readonly RuleSummary[]): unknown[] {
  const groups = new Map<string, Record<string, unknown>>();
  for (const [id, info] of Object.entries(settings)) {
    const properties = groups.get(info.group) ?? {};
    groups.set(info.group, properties);
    properties[id] = {
      ...settingContribution(info),
      order: Object.keys(properties).length,
      ...(id === 'perjoule.hints.severity' ? severityByRule(rules) : {}),
    };
  }
  return [...groups].map(([title, properties], order) => ({ title, order, properties }));
}

function settingContribution(info: SettingInfo): Record<string, unknown> {
  const { group: _, ...shown } = info;
  return shown;
}

/** So that the settings editor offers rule names and severities. */
function severityByRule(rules: readonly RuleSummary[]): Record<string, unknown> {
  const severity = { type: 'string', enum: severityNames };
  return {
    properties: Object.fromEntries(
      rules.map(({ name, summary }) => [name, { ...severity, description: summary }]),
    ),
    additionalProperties: severity,
  };
}
