// The project's own node_modules, from the lock file.

import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { say, withProgress } from './say.mjs';
import { projectFolder } from './toolFolder.mjs';

const installed = join(projectFolder, 'node_modules');
const stamp = join(installed, '.perjoule-lock');

export async function ensureProjectDependencies() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (matchesLock()) {
    // Someone ran npm by hand and the result is right: nothing to do but to remember it.
    writeFileSync(stamp, wanted);
    return;
  }
  await withProgress('installing the dependencies of the project', () => installBeside(wanted));
}

/**
 * `npm ci` empties node_modules first; interrupted there it leaves a project that looks installed. So it works in a
 * sibling, and the finished folder takes the place of the old one.
 * @param {string} wanted
 */
async function installBeside(wanted) {
  const beside = join(
    projectFolder,
    '.tools',
    `dependencies-${process.pid}-${randomBytes(3).toString('hex')}.tmp`,
  );
  mkdirSync(beside, { recursive: true });
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      if (existsSync(join(projectFolder, name))) cpSync(join(projectFolder, name), join(beside, name));
    }
    await npm(['ci', '--include=dev'], { cwd: beside, what: 'the dependencies of the project' });
    writeFileSync(join(beside, 'node_modules', '.perjoule-lock'), wanted);
    if (existsSync(installed)) renameSync(installed, join(beside, 'replaced'));
    renameSync(join(beside, 'node_modules'), installed);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** npm writes what it installed into a hidden lock file, last of all. */
function matchesLock() {
  const hidden = join(installed, '.package-lock.json');
  if (!existsSync(hidden)) return false;
  try {
    const have = packagesOf(hidden);
    return Object.entries(packagesOf(join(projectFolder, 'package-lock.json'))).every(
      ([path, entry]) =>
        path === '' || have[path]?.version === entry.version || (entry.optional && !have[path]),
    );
  } catch {
    say('node_modules holds an unreadable lock file: installing again');
    return false;
  }
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(projectFolder, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}
