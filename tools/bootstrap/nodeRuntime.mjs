// The Node that runs everything after the bootstrap: the bare binary from the npm registry, no system package.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npm } from './npm.mjs';
import { PlainFailure, say, withProgress } from './say.mjs';
import { installInto, toolFolder, writeEmptyPackage } from './toolFolder.mjs';
import { versions } from './versions.mjs';

/** @returns {Promise<string>} the path of the Node 24 executable */
export async function ensureNode() {
  if (process.versions.node === versions.node) return process.execPath;
  try {
    return await ensureNodeVersion(versions.node);
  } catch (error) {
    // The registry has no binary for every platform; a machine with Node 24 of its own is as well served.
    if (!(error instanceof PlainFailure) || Number.parseInt(process.versions.node, 10) < 24) throw error;
    say(`${error.message} Using this machine's Node ${process.versions.node} instead.`);
    return process.execPath;
  }
}

/** @param {string} version */
export async function ensureNodeVersion(version) {
  const name = packageName();
  const target = toolFolder('node', version);
  const executable = join(
    target,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (!existsSync(target)) {
    await withProgress(`installing Node ${version}`, () =>
      installInto(target, async (folder) => {
        writeEmptyPackage(folder);
        await npm(['install', '--no-package-lock', `${name}@${version}`], {
          cwd: folder,
          what: `Node ${version}`,
        });
      }),
    );
  }
  const probe = spawnSync(executable, ['--version'], { encoding: 'utf8' });
  if (probe.stdout?.trim() !== `v${version}`) {
    throw new PlainFailure(`the Node ${version} in ${dirname(executable)} does not run on this machine.`);
  }
  return executable;
}

function packageName() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}
