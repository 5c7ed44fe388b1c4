import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageInto } from '../build/vsix.ts';

let packaged: Promise<string> | undefined;

/**
 * The path of a VSIX of the tree as it is now. A test run packages once and tells its processes by PERJOULE_VSIX; a
 * test that is started by itself packages its own.
 */
export function packagedVsix(): Promise<string> {
  const given = process.env['PERJOULE_VSIX'];
  packaged ??= given ? Promise.resolve(given) : packageOnce();
  return packaged;
}

async function packageOnce(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'perjoule-vsix-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'perjoule.vsix');
  await packageInto(path);
  return path;
}
