import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcessesMarked } from './processes.ts';

export const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  contrastDark: 'Default High Contrast',
  contrastLight: 'Default High Contrast Light',
} as const;

export type Theme = keyof typeof themes;

export interface SessionOptions {
  readonly theme?: Theme;
  /** Added to the seeded user settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * A home of its own for one VS Code: nothing of the machine's user is read or written, and everything that is started
 * under it can be found again by the folder's name in its environment.
 */
export interface Session {
  readonly root: string;
  readonly home: string;
  readonly workspace: string;
  readonly profile: string;
  readonly extensions: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends every process of the session and removes the folder. */
  dispose(): Promise<void>;
}

export function createSession(options: SessionOptions = {}): Session {
  // Short on purpose: a socket below it must stay under 100 bytes.
  const base = process.platform === 'win32' ? tmpdir() : '/tmp';
  const run = process.env['PERJOULE_TEST_RUN'];
  const root = mkdtempSync(join(realpathSync(base), run ? `${run}-` : 'pj-'));
  const folder = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const home = folder('home');
  const profile = folder('profile');
  const bin = folder('bin');
  const env: NodeJS.ProcessEnv = {
    ...inheritedEnvironment(),
    HOME: home,
    TMPDIR: folder('tmp'),
    XDG_RUNTIME_DIR: folder('run'),
    XDG_STATE_HOME: folder('state'),
    XDG_DATA_HOME: folder('data'),
    XDG_CONFIG_HOME: folder('config'),
    XDG_CACHE_HOME: folder('cache'),
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...options.env,
  };
  chmodSync(join(root, 'run'), 0o700);
  writePythonCommands(bin);
  // A prompt that says nothing of the machine: it is in every picture.
  // The server takes its environment from a login shell, whose system profile may set PATH anew.
  const path = `PATH='${bin}':"$PATH"\n`;
  writeFileSync(join(home, '.profile'), path);
  writeFileSync(join(home, '.bashrc'), `${path}PS1='$ '\n`);
  const seeded = JSON.stringify(settings(options), null, 2);
  // Settings of machine scope count only where the machine's own are kept: this host is remote to the page.
  for (const kind of ['User', 'Machine']) {
    mkdirSync(join(profile, kind), { recursive: true });
    writeFileSync(join(profile, kind, 'settings.json'), seeded);
  }
  return {
    root,
    home,
    profile,
    workspace: folder('workspace'),
    extensions: folder('extensions'),
    env,
    async dispose() {
      await endProcessesMarked(root);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function settings(options: SessionOptions): Record<string, unknown> {
  return {
    'workbench.colorTheme': themes[options.theme ?? 'dark'],
    'workbench.startupEditor': 'none',
    'workbench.enableExperiments': false,
    'workbench.tips.enabled': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'terminal.integrated.initialHint': false,
    'chat.disableAIFeatures': true,
    'extensions.autoCheckUpdates': false,
    'extensions.autoUpdate': false,
    'extensions.ignoreRecommendations': true,
    'telemetry.telemetryLevel': 'off',
    'update.mode': 'none',
    'git.enabled': false,
    'window.confirmBeforeClose': 'never',
    'terminal.integrated.defaultProfile.linux': 'bash',
    ...options.settings,
  };
}

/** What an outer editor, npm or test runner told its children would mislead the VS Code we start. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const misleading =
    /^(npm_|VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|NODE_ENV$|PORT$|PASSWORD$|PERJOULE_|XDG_|DISPLAY$|DBUS_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !misleading.test(name)));
}

/**
 * `python` and `python3` for the session's terminal, even where the machine has only the latter or a shim that looks
 * into the user's real home. `exec` keeps the process id.
 */
function writePythonCommands(bin: string): void {
  const real = realPython();
  if (!real) return;
  for (const name of ['python', 'python3']) {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\nexec '${real.replaceAll("'", "'\\''")}' "$@"\n`);
    chmodSync(file, 0o755);
  }
}

function realPython(): string | undefined {
  for (const name of ['python3', 'python']) {
    try {
      const path = execFileSync(name, ['-c', 'import sys; print(sys.executable)'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      if (path) return path;
    } catch {
      // Not this name; a machine without Python can still lint.
    }
  }
  return undefined;
}
