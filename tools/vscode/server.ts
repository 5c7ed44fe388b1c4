import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.ts';
import { type InstalledServer, installedCodeServer } from './installed.ts';
import type { Session } from './session.ts';

export interface ServerOptions {
  readonly edition?: 'current' | 'floor';
  /** Off shows VS Code's own question and Restricted Mode. On is the default: no question is asked. */
  readonly trustWorkspace?: boolean;
  /** Makes `window.driver` and the in-host test payload available. */
  readonly testDriver?: boolean;
  readonly port?: number;
}

export interface Server {
  readonly port: number;
  readonly origin: string;
  readonly process: ChildProcess;
  /** What the server printed so far. */
  output(): string;
}

/** Installs a packaged extension the way a user does. */
export async function installExtension(session: Session, vsix: string, edition?: 'floor'): Promise<void> {
  const installed = installedCodeServer(edition ?? 'current');
  const own = ['--extensions-dir', session.extensions, '--user-data-dir', session.profile];
  const args =
    edition === 'floor'
      ? [floorMain(installed), '--install-extension', vsix, '--extensions-dir', session.extensions]
      : [join(installed.folder, 'out', 'node', 'entry.js'), ...own, '--install-extension', vsix];
  const child = spawn(installed.node, args, { env: session.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0 || !/successfully installed/i.test(output())) {
    throw new Error(`installing ${vsix} failed:\n${output()}`);
  }
}

export async function startServer(session: Session, options: ServerOptions = {}): Promise<Server> {
  const installed = installedCodeServer(options.edition ?? 'current');
  const port = options.port ?? (await freePort());
  const args =
    options.edition === 'floor'
      ? floorArguments(installed, session, port)
      : currentArguments(installed, session, port, options);
  // A group of its own: a Ctrl-C in our terminal is ours to answer, and the group can be ended as one.
  const child = spawn(installed.node, args, {
    env: session.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = collect(child);
  const origin = `http://127.0.0.1:${port}`;
  await until(
    'the VS Code server to answer',
    async () => {
      if (child.exitCode !== null) return 'ended' as const;
      return (
        (await fetch(`${origin}${options.edition === 'floor' ? '/version' : '/healthz'}`)).ok &&
        ('up' as const)
      );
    },
    60_000,
    output,
  ).then((state) => {
    if (state === 'ended') throw new Error(`the VS Code server ended at once:\n${output()}`);
  });
  return { port, origin, process: child, output };
}

function currentArguments(
  installed: InstalledServer,
  session: Session,
  port: number,
  options: ServerOptions,
): string[] {
  return [
    join(installed.folder, 'out', 'node', 'entry.js'),
    '--auth',
    'none',
    '--bind-addr',
    `127.0.0.1:${port}`,
    '--user-data-dir',
    session.profile,
    '--extensions-dir',
    session.extensions,
    '--config',
    join(session.root, 'config', 'code-server.yaml'),
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-getting-started-override',
    ...(options.trustWorkspace === false ? [] : ['--disable-workspace-trust']),
    ...(options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
  ];
}

function floorArguments(installed: InstalledServer, session: Session, port: number): string[] {
  return [
    floorMain(installed),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--without-connection-token',
    '--accept-server-license-terms',
    '--user-data-dir',
    session.profile,
    '--extensions-dir',
    session.extensions,
    '--enable-smoke-test-driver',
    '--disable-workspace-trust',
  ];
}

function floorMain(installed: InstalledServer): string {
  return join(installed.folder, 'lib', 'vscode', 'out', 'server-main.js');
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
