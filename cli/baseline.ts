/**
 * A baseline: findings that are known and let be. An entry holds hashes of code, not lines, so that a finding stays known
 * when lines above it come and go.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { ReportedFinding } from './report/report.ts';
import { UsageError } from './usageError.ts';

/** Raised when entries change their meaning. */
const version = 1;

interface Entry {
  readonly rule: string;
  /** Relative to the baseline's folder, with forward slashes. */
  readonly path: string;
  /** Hash of everything the finding depends on. */
  readonly region: string;
  /** Hash of the finding's own lines: it stays known when something else in its region is edited. */
  readonly code: string;
}

export interface Judged {
  readonly fresh: readonly ReportedFinding[];
  readonly known: number;
  /** Entries of files that were checked which match nothing any more. */
  readonly gone: number;
}

const entryOf = (finding: ReportedFinding, folder: string): Entry => ({
  rule: finding.rule,
  path: relative(folder, resolve(finding.path)).replaceAll('\\', '/'),
  region: finding.regionHash,
  code: finding.codeHash,
});

const isEntry = (value: unknown): value is Entry => {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return ['rule', 'path', 'region', 'code'].every((name) => typeof given[name] === 'string');
};

/** Writes one entry a line, in a fixed order, so that versions of the file can be compared and merged. @throws UsageError */
export async function writeBaseline(file: string, findings: readonly ReportedFinding[]): Promise<void> {
  const folder = dirname(resolve(file));
  const lines = findings.map((finding) => JSON.stringify(entryOf(finding, folder))).sort();
  const body = lines.length === 0 ? '[]' : `[\n    ${lines.join(',\n    ')}\n  ]`;
  try {
    await writeFile(file, `{\n  "version": ${version},\n  "findings": ${body}\n}\n`);
  } catch (error) {
    throw new UsageError(
      `“${file}” cannot be written (${reason(error)}); name a file in a folder you may write to.`,
    );
  }
}

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const placeOf = ({ rule, path }: Entry): string => `${rule}\0${path}`;

export class Baseline {
  readonly #folder: string;
  readonly #entries: readonly Entry[];

  private constructor(folder: string, entries: readonly Entry[]) {
    this.#folder = folder;
    this.#entries = entries;
  }

  /** @throws UsageError */
  static async read(file: string): Promise<Baseline> {
    const again = 'write it again with --write-baseline.';
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new UsageError(`the baseline “${file}” cannot be read (${reason(error)}); ${again}`);
    });
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch {
      throw new UsageError(`the baseline “${file}” is not JSON; ${again}`);
    }
    const given = (typeof content === 'object' ? content : null) as Readonly<Record<string, unknown>> | null;
    if (given?.['version'] !== version)
      throw new UsageError(`the baseline “${file}” is not of version ${version}; ${again}`);
    const findings = given['findings'];
    if (!Array.isArray(findings) || !findings.every(isEntry))
      throw new UsageError(`the baseline “${file}” holds something else than findings; ${again}`);
    return new Baseline(dirname(resolve(file)), findings);
  }

  /** `checked`: paths of the files that were looked at, as reports name them. Each entry stands for one finding. */
  judge(findings: readonly ReportedFinding[], checked: readonly string[]): Judged {
    const left = new Map<string, Set<Entry>>();
    for (const entry of this.#entries) {
      const alike = left.get(placeOf(entry));
      if (alike === undefined) left.set(placeOf(entry), new Set([entry]));
      else alike.add(entry);
    }
    let fresh = findings.map((finding) => ({ finding, own: entryOf(finding, this.#folder) }));
    // The closest likeness takes its entry first.
    const likenesses: readonly ((a: Entry, b: Entry) => boolean)[] = [
      (a, b) => a.region === b.region && a.code === b.code,
      (a, b) => a.region === b.region,
      (a, b) => a.code === b.code,
    ];
    for (const alike of likenesses)
      fresh = fresh.filter(({ own }) => {
        const candidates = left.get(placeOf(own)) ?? new Set();
        for (const entry of candidates) if (alike(entry, own)) return !candidates.delete(entry);
        return true;
      });
    const paths = new Set(checked.map((path) => relative(this.#folder, resolve(path)).replaceAll('\\', '/')));
    return {
      fresh: fresh.map(({ finding }) => finding),
      known: findings.length - fresh.length,
      gone: [...left.values()].flatMap((entries) => [...entries]).filter(({ path }) => paths.has(path))
        .length,
    };
  }
}
