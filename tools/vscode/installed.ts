import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from '../projectFolder.ts';

export interface InstalledServer {
  /** The folder of the code-server package. */
  readonly folder: string;
  /** The Node it runs on. */
  readonly node: string;
}

export interface InstalledBrowser {
  readonly executable: string;
  readonly libraries?: string;
  readonly fonts?: string;
}

const answers = new Map<string, Record<string, string>>();

/** Installs a part on first use (with progress on standard error) and says where it is. */
function ensure(part: string): Record<string, string> {
  const known = answers.get(part);
  if (known) return known;
  const run = spawnSync(process.execPath, [join(projectFolder, 'tools', 'launch.mjs'), 'ensure', part], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`${part} is not available: see the line above`);
  const answer: unknown = JSON.parse(run.stdout);
  const strings = Object.fromEntries(
    Object.entries(Object(answer)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  answers.set(part, strings);
  return strings;
}

export function installedCodeServer(edition: 'current' | 'floor' = 'current'): InstalledServer {
  const { folder, node } = ensure(edition === 'floor' ? 'floor-code-server' : 'code-server');
  if (!folder || !node) throw new Error('code-server: the bootstrap answered without a folder');
  return { folder, node };
}

export function installedBrowser(): InstalledBrowser {
  const { executable, libraries, fonts } = ensure('browser');
  if (!executable) throw new Error('browser: the bootstrap answered without an executable');
  return { executable, ...(libraries ? { libraries } : {}), ...(fonts ? { fonts } : {}) };
}
