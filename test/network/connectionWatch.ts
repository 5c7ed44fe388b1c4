import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A socket that leads off this machine. */
export interface RemoteSocket {
  readonly pid: number;
  readonly protocol: string;
  readonly remote: string;
}

const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const;

/** `0100007F:1F90` and its IPv6 form, from the kernel's socket tables (words in host byte order). */
function isLocal(address: string): boolean {
  const [host = ''] = address.split(':');
  if (/^0+$/.test(host)) return true;
  if (host.length === 8) return host.endsWith('7F');
  // ::1, and IPv4 loopback mapped into IPv6.
  return host === '00000000000000000000000001000000' || /^0{16}FFFF0000[0-9A-F]{6}7F$/.test(host);
}

function socketInodes(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`));
        if (match?.[1] !== undefined) inodes.add(match[1]);
      } catch {
        // The descriptor closed in between.
      }
    }
  } catch {
    // The process ended in between.
  }
  return inodes;
}

/** Sockets of these processes whose other end is not on loopback. Linux only. */
export function remoteSockets(pids: Iterable<number>): readonly RemoteSocket[] {
  const owner = new Map<string, number>();
  for (const pid of pids) for (const inode of socketInodes(pid)) owner.set(inode, pid);
  const found: RemoteSocket[] = [];
  for (const protocol of tables) {
    let table: string;
    try {
      table = readFileSync(`/proc/net/${protocol}`, 'latin1');
    } catch {
      continue;
    }
    for (const line of table.split('\n').slice(1)) {
      const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
      const pid = owner.get(inode);
      if (pid !== undefined && !isLocal(remote)) found.push({ pid, protocol, remote });
    }
  }
  return found;
}

/** Looks again and again until stopped; short connections are caught by `attemptHook.mjs` in the process itself. */
export function watchConnections(pids: () => Iterable<number>): { stop(): readonly RemoteSocket[] } {
  const seen = new Map<string, RemoteSocket>();
  const look = (): void => {
    for (const socket of remoteSockets(pids()))
      seen.set(`${socket.pid} ${socket.protocol} ${socket.remote}`, socket);
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      look();
      clearInterval(timer);
      return [...seen.values()];
    },
  };
}
