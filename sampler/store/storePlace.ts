/** Where runs are kept: one folder per host, because a home folder may be shared between machines. */

import { type StatsFs, statfsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder for this host's store; it need not exist yet. */
export function storeFolder(environment: Environment = process.env): string {
  const host = hostname().replaceAll(/[^\w.-]/g, '_') || 'host';
  return join(stateFolder(environment), 'perjoule', host);
}

function stateFolder(environment: Environment): string {
  const named = environment['XDG_STATE_HOME'];
  if (named !== undefined && isAbsolute(named)) return named;
  const home = environment['HOME'] ?? homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (process.platform === 'win32') return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return join(home, '.local', 'state');
}

/** Magic numbers of Linux file systems whose locks and shared memory cannot be trusted. */
const networkTypes: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xfe534d42, // SMB 2
  0xff534d42, // CIFS
  0x65735546, // FUSE: sshfs and its like
  0x01021997, // 9p: Windows drives in WSL
  0x5346414f, // AFS
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x786f4256, // VirtualBox shared folder
]);

/** Whether the folder lies on a network file system. `PERJOULE_NETWORK_STORE=1` forces the answer yes. */
export function isNetworkFolder(folder: string, environment: Environment = process.env): boolean {
  if (environment['PERJOULE_NETWORK_STORE'] === '1') return true;
  if (process.platform !== 'linux') return folder.startsWith('\\\\');
  let found: StatsFs;
  try {
    found = statfsSync(folder);
  } catch {
    return false;
  }
  // The field is signed on some kernels.
  return networkTypes.has(found.type >>> 0);
}
