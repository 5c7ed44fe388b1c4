// VS Code as a server in a browser: the real workbench and extension host, from the npm registry alone.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureNodeVersion } from './nodeRuntime.mjs';
import { npm } from './npm.mjs';
import { PlainFailure, withProgress } from './say.mjs';
import { installInto, toolFolder, writeEmptyPackage } from './toolFolder.mjs';
import { versions } from './versions.mjs';

/**
 * @param {string} node
 * @returns {Promise<string>} the folder of the package
 */
export function ensureCodeServer(node) {
  return install(versions.codeServer, node);
}

/**
 * The oldest VS Code the extension promises to run in.
 * @returns {Promise<{ folder: string, node: string }>}
 */
export async function ensureFloorCodeServer() {
  const node = await ensureNodeVersion(versions.floorNode);
  return { folder: await install(versions.floorCodeServer, node), node };
}

/**
 * @param {string} version
 * @param {string} node
 */
async function install(version, node) {
  if (process.platform === 'win32') {
    throw new PlainFailure(
      'VS Code in a browser cannot be installed on Windows from the npm registry; use "npm start -- --desktop" with an installed VS Code.',
    );
  }
  const target = toolFolder('code-server', version);
  const folder = join(target, 'node_modules', 'code-server');
  if (existsSync(target)) return folder;
  const what = `code-server ${version}`;
  const nodeFolder = dirname(node);
  await withProgress(`installing ${what} (VS Code in a browser, about 650 MB on disk)`, () =>
    installInto(target, async (temporary) => {
      writeEmptyPackage(temporary);
      await npm(['install', '--no-package-lock', `code-server@${version}`], {
        cwd: temporary,
        what,
        nodeFolder,
      });
      // Its own install script would do this together with a compiler run that nothing here needs.
      const inside = join(temporary, 'node_modules', 'code-server', 'lib', 'vscode');
      await npm(['install', '--omit=dev'], { cwd: inside, what, nodeFolder });
      await npm(['install', '--omit=dev'], { cwd: join(inside, 'extensions'), what, nodeFolder });
    }),
  );
  return folder;
}
