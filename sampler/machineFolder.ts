/** The kernel's files of this machine: kept open, because opening costs ten times what reading does. */

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { MissingReason } from '../contracts/provenance.ts';
import type { FileBytes, FolderDoor } from './sources/folderDoor.ts';

const longestFile = 64 * 1024;

const reasons: Readonly<Record<string, MissingReason>> = {
  EACCES: 'noPermission',
  EPERM: 'noPermission',
  ENOENT: 'notFound',
  ENOTDIR: 'notFound',
  ENODATA: 'notSupported',
  EOPNOTSUPP: 'notSupported',
  EINVAL: 'notSupported',
  EBUSY: 'stale',
  EAGAIN: 'stale',
  ENODEV: 'lost',
  ENXIO: 'lost',
  EIO: 'lost',
};

/** @param root what `/` stands for */
export function createMachineFolder(root: string): FolderDoor {
  const open = new Map<string, number>();
  const buffer = Buffer.allocUnsafe(longestFile);

  function close(path: string): void {
    const descriptor = open.get(path);
    if (descriptor === undefined) return;
    open.delete(path);
    closeSync(descriptor);
  }

  function readBytes(path: string): FileBytes {
    try {
      let descriptor = open.get(path);
      if (descriptor === undefined) {
        descriptor = openSync(join(root, path), 'r');
        open.set(path, descriptor);
      }
      return { bytes: buffer.subarray(0, readSync(descriptor, buffer, 0, longestFile, 0)) };
    } catch (error) {
      close(path);
      return { missing: reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? 'badOutput' };
    }
  }

  return {
    list(path) {
      try {
        return readdirSync(join(root, path)).sort();
      } catch {
        return [];
      }
    },
    read(path) {
      const found = readBytes(path);
      return 'bytes' in found ? { text: Buffer.from(found.bytes).toString('utf8').trim() } : found;
    },
    readBytes,
    close() {
      for (const path of [...open.keys()]) close(path);
    },
  };
}
