import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import { setting } from '../settings.ts';

/** The part of the Python extension's interface that is used; it may be absent or another version. */
interface PythonExtensionApi {
  readonly environments?: {
    getActiveEnvironmentPath?(resource?: vscode.Uri): { readonly path?: string } | undefined;
    resolveEnvironment?(
      path: unknown,
    ): Promise<{ readonly executable?: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

async function fromPythonExtension(resource: vscode.Uri): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtensionApi>('ms-python.python');
  if (extension === undefined) return undefined;
  const { environments } = await extension.activate();
  const active = environments?.getActiveEnvironmentPath?.(resource);
  if (active === undefined) return undefined;
  const resolved = await environments?.resolveEnvironment?.(active);
  return resolved?.executable?.uri?.fsPath ?? active.path;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function onPath(): string | undefined {
  const names = process.platform === 'win32' ? ['python.exe', 'py.exe'] : ['python3', 'python'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/**
 * The interpreter for "Run with Energy Profile": the setting, else the Python extension's choice, else the path.
 * Undefined when there is none; the caller says so.
 */
export async function findPython(resource: vscode.Uri): Promise<string | undefined> {
  const chosen = setting('perjoule.runs.pythonPath');
  if (chosen !== '') return isProgram(chosen) ? chosen : undefined;
  try {
    const path = await fromPythonExtension(resource);
    if (path !== undefined) return path;
  } catch {
    // The Python extension failed to start; the path may still have an interpreter.
  }
  return onPath();
}
