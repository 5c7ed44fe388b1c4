import { type Browser, chromium } from 'playwright-core';
import { installedBrowser } from '../../../tools/vscode/installed.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real browser without a window; also for tests of the webview alone. */
export function launchBrowser(env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const { executable, libraries, fonts } = installedBrowser();
  const own = Object.fromEntries(
    Object.entries({
      ...env,
      ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}),
      // Only a machine without any font set-up of its own needs the ones that came along.
      ...(fonts ? { FONTCONFIG_PATH: fonts } : {}),
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return chromium.launch({ executablePath: executable, args: ['--headless=shell', ...ARGS], env: own });
}
