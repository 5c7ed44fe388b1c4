/**
 * Where the sampler of this user on this machine is reached: a socket in a folder that only the user can enter.
 * The folder is the access control, so it is checked each time and refused when it is not ours alone.
 */

import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero among them. */
const longestSocketPath = 100;

export interface SamplerPlace {
  /** Folder with the socket, the token and the start-up log. */
  readonly folder: string;
  /** Path of the socket, or name of the pipe on Windows. */
  readonly address: string;
}

/** The folder exists and is not ours alone, or cannot be made. */
export class UnsafeFolderError extends Error {
  override readonly name = 'UnsafeFolderError';
}

type Environment = Readonly<Record<string, string | undefined>>;

function candidateFolders(environment: Environment): readonly string[] {
  if (process.platform === 'win32') {
    return [
      join(environment['LOCALAPPDATA'] ?? join(userInfo().homedir, 'AppData', 'Local'), 'perjoule', 'run'),
    ];
  }
  const uid = String(process.getuid?.() ?? userInfo().uid);
  const folders: string[] = [];
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (runtime?.startsWith('/')) folders.push(join(runtime, 'perjoule'));
  // A login without the variable (cron, some SSH set-ups) must still find the same sampler.
  else if (existsSync(`/run/user/${uid}`)) folders.push(`/run/user/${uid}/perjoule`);
  folders.push(join(tmpdir(), `perjoule-${uid}`), `/tmp/perjoule-${uid}`);
  return folders;
}

function assertOurs(folder: string): void {
  const found = lstatSync(folder);
  if (!found.isDirectory()) throw new UnsafeFolderError(`${folder} is not a folder.`);
  if (process.platform === 'win32') return;
  if (found.uid !== process.getuid?.()) throw new UnsafeFolderError(`${folder} belongs to another user.`);
  if ((found.mode & 0o077) !== 0)
    throw new UnsafeFolderError(`${folder} can be entered by others; its mode must be 0700.`);
}

/**
 * Finds or makes the private folder and names the socket in it.
 * @throws UnsafeFolderError when a folder of that name is not ours alone. There is no next candidate then:
 *   somebody who made it first must not be able to move us elsewhere.
 */
export function samplerPlace(environment: Environment = process.env): SamplerPlace {
  let lastFailure = 'no candidate';
  for (const folder of candidateFolders(environment)) {
    const address = join(folder, 'sampler.sock');
    if (process.platform !== 'win32' && Buffer.byteLength(address) >= longestSocketPath) continue;
    try {
      mkdirSync(folder, { recursive: process.platform === 'win32', mode: 0o700 });
      if (process.platform !== 'win32') chmodSync(folder, 0o700);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        lastFailure = error instanceof Error ? error.message : String(error);
        continue;
      }
    }
    assertOurs(folder);
    return { folder, address: process.platform === 'win32' ? pipeName(folder) : address };
  }
  throw new UnsafeFolderError(`No private folder for the sampler's socket could be made: ${lastFailure}.`);
}

/** Where the probes of programs write, made when it is missing; null where there is none. */
export function probeFolder({ folder }: SamplerPlace): string | null {
  // The probe's clock is not the sampler's there.
  if (process.platform === 'win32') return null;
  const path = join(folder, 'probe');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    assertOurs(path);
    return path;
  } catch {
    return null;
  }
}

function pipeName(folder: string): string {
  const hash = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 24);
  return `\\\\.\\pipe\\perjoule-${hash}`;
}

/**
 * The secret that a client on Windows must show; it lies in the private folder. Null elsewhere, where the
 * folder's permissions do the work.
 */
export function readToken(place: SamplerPlace): string | null {
  if (process.platform !== 'win32') return null;
  const path = join(place.folder, 'token');
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const token = randomBytes(32).toString('hex');
    try {
      writeFileSync(path, token, { flag: 'wx' });
      return token;
    } catch {
      return readFileSync(path, 'utf8');
    }
  }
}
