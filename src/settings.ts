import * as vscode from 'vscode';
import type { SettingId, SettingValues } from '../contracts/settings.ts';
import { settings } from '../contracts/settings.ts';

/** The effective value of a setting, typed; the table's default where the editor has none. */
export function setting<Id extends SettingId>(id: Id, resource?: vscode.Uri): SettingValues[Id] {
  const fallback = settings[id].default as SettingValues[Id];
  return vscode.workspace.getConfiguration(undefined, resource ?? null).get<SettingValues[Id]>(id, fallback);
}

/** What a person has set for this machine; undefined where the default holds. */
export function ownSetting<Id extends SettingId>(id: Id): SettingValues[Id] | undefined {
  return vscode.workspace.getConfiguration().inspect<SettingValues[Id]>(id)?.globalValue;
}
