/** Runs Python programs with and without the probe. */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const probeFolder = fileURLToPath(new URL('../../probe/', import.meta.url));

/** The machine's own; PERJOULE_TEST_PYTHONS names more, separated as in PATH. */
export const pythons: readonly string[] = (
  process.env['PERJOULE_TEST_PYTHONS']?.split(delimiter) ?? ['python3']
).filter(
  (python) =>
    python !== '' &&
    spawnSync(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0,
);

export const noPython = pythons.length === 0 ? 'no Python 3.8 or newer on this machine' : false;

/** A folder of its own for one program, with the files given. */
export class ProgramFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'perjoule-probe-'));
  readonly told = join(this.path, 'told');

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(this.told);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
  }

  environment(rateHz: number | null, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const own = Object.fromEntries(
      Object.entries(more).map(([name, value]) => [name, value.replaceAll('FOLDER', this.path)]),
    );
    if (rateHz === null) return { ...process.env, ...own };
    const place = probeFolder.replace(/\/$/, '');
    const paths = [place, ...(own['PYTHONPATH'] === undefined ? [] : [own['PYTHONPATH']])];
    return {
      ...process.env,
      ...own,
      PYTHONPATH: paths.join(delimiter),
      PERJOULE_PROBE: this.told,
      PERJOULE_PROBE_HZ: String(rateHz),
    };
  }

  run(
    python: string,
    args: readonly string[],
    rateHz: number | null,
    more: Readonly<Record<string, string>> = {},
  ): {
    readonly status: number | null;
    readonly signal: string | null;
    readonly out: string;
    readonly err: string;
  } {
    const { status, signal, stdout, stderr } = spawnSync(python, args, {
      cwd: this.path,
      env: this.environment(rateHz, more),
      encoding: 'utf8',
      timeout: 60_000,
      input: '',
    });
    return { status, signal, out: stdout, err: stderr };
  }

  /** What the probes of all processes wrote, in lines. */
  lines(): readonly Readonly<Record<string, unknown>>[] {
    return this.text()
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }

  text(): string {
    if (!existsSync(this.told)) return '';
    return readdirSync(this.told)
      .map((name) => readFileSync(join(this.told, name), 'utf8'))
      .join('');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
