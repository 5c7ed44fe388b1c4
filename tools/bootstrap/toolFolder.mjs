// Where tools are kept, and how one gets there whole: it is built in a temporary sibling and renamed into place, so that
// an interrupted install is never taken for a complete one and two installs at once cannot mix.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlainFailure } from './say.mjs';

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** `PERJOULE_TOOLS` names a folder that several checkouts share. */
export function toolsFolder() {
  return process.env['PERJOULE_TOOLS'] || join(projectFolder, '.tools');
}

/**
 * @param {string} name
 * @param {string} version
 */
export function toolFolder(name, version) {
  return join(toolsFolder(), name, version);
}

/**
 * @param {string} target exists exactly when the install is complete
 * @param {(folder: string) => Promise<void>} fill
 */
export async function installInto(target, fill) {
  if (existsSync(target)) return;
  const temporary = `${target}.${process.pid}-${randomBytes(3).toString('hex')}.tmp`;
  try {
    mkdirSync(temporary, { recursive: true });
  } catch (error) {
    throw new PlainFailure(
      `the folder for tools cannot be written (${errorCode(error)}: ${dirname(target)}). Set PERJOULE_TOOLS to a folder of your own.`,
    );
  }
  removeAbandoned(dirname(target));
  try {
    await fill(temporary);
    renameSync(temporary, target);
  } catch (error) {
    // Someone else finished first: theirs is as good as ours.
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const ABANDONED_AFTER_MS = 3_600_000;

/**
 * What a killed install left; one that is still at work is younger.
 * @param {string} folder
 */
function removeAbandoned(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.endsWith('.tmp') && Date.now() - statSync(path).mtimeMs > ABANDONED_AFTER_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/**
 * An own package.json keeps npm from walking up into the project.
 * @param {string} folder
 */
export function writeEmptyPackage(folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
}

/** @param {unknown} error */
function errorCode(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
