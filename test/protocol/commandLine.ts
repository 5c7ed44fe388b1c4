/** The command line as it ships, started as a user or a pipeline starts it. */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildBundles } from '../../tools/build/bundles.ts';
import { projectFolder } from '../../tools/projectFolder.ts';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandLine {
  /** Where it is started; empty at first. */
  readonly folder: string;
  /** Where the product's bundles lie. */
  readonly dist: string;
  /** Writes files below the folder. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly cwd?: string },
  ): Promise<Outcome>;
  git(...args: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Builds the product into a temporary folder, laid out as it is installed: `dist` beside `docs`. */
export async function commandLine(): Promise<CommandLine> {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'perjoule-cli-')));
  const product = join(place, 'product');
  const folder = join(place, 'work');
  await mkdir(product);
  await mkdir(folder);
  await buildBundles({ folder: join(product, 'dist'), minify: true });
  await symlink(join(projectFolder, 'docs'), join(product, 'docs'));
  const start = (command: string, args: readonly string[], cwd: string, input = ''): Promise<Outcome> =>
    new Promise((resolve) => {
      const child = spawn(command, args, { cwd, env: { ...process.env, ...settled(place) } });
      let out = '';
      let err = '';
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
      });
      child.stderr.on('data', (data: Buffer) => {
        err += data.toString();
      });
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      child.on('close', (code) => resolve({ code, out, err }));
    });
  return {
    folder,
    dist: join(product, 'dist'),
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    run: (args, { input, cwd } = {}) =>
      start(process.execPath, [join(product, 'dist', 'cli.js'), ...args], cwd ?? folder, input),
    git: async (...args) => {
      const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
      const { code, err } = await start('git', [...who, ...args], folder);
      if (code !== 0) throw new Error(`git ${args.join(' ')}: ${err}`);
    },
    remove: () => rm(place, { recursive: true, force: true }),
  };
}

/** Nothing of the machine's own settings reaches in, and nothing of the tests reaches its state. */
const settled = (place: string): NodeJS.ProcessEnv => ({
  NO_COLOR: '1',
  HOME: place,
  XDG_STATE_HOME: join(place, 'state'),
  XDG_RUNTIME_DIR: place,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CEILING_DIRECTORIES: place,
});
