/** The whole check of files against the bare parse of the same files, in turn, in this process. */

import { readFileSync } from 'node:fs';
import { Language, Parser } from 'web-tree-sitter';
import { loadEngine } from '../../server/loadEngine.ts';
import { ProjectSources, slashed } from '../../server/projectSources.ts';
import { namesGpuFramework } from '../../server/python/frameworks.ts';
import { wasmFiles } from '../../server/wasmFiles.ts';

export interface Pass {
  readonly parseMs: number;
  readonly checkMs: number;
}

export interface CheckedAndParsed {
  readonly files: number;
  readonly bytes: number;
  readonly passes: readonly Pass[];
}

/** Processor time of this process, every thread. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The parser by itself, once the engine has been loaded. */
export async function bareParser(): Promise<Parser> {
  const parser = new Parser();
  const { grammarWasm } = await wasmFiles();
  parser.setLanguage(await Language.load(grammarWasm));
  return parser;
}

/**
 * Files that name no framework are left out, of the check too; what they hold is still read where another file imports
 * it, which counts for the check alone.
 */
export async function checkAgainstParse(
  root: string,
  files: readonly string[],
  passes: number,
): Promise<CheckedAndParsed> {
  const engine = await loadEngine();
  const bare = await bareParser();
  const texts = new Map<string, string>();
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    if (namesGpuFramework(text)) texts.set(slashed(file), text);
  }
  const measured: Pass[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const from = cpuMs();
    for (const text of texts.values()) bare.parse(text)?.delete();
    const between = cpuMs();
    const sources = new ProjectSources({
      text: (path) => texts.get(path),
      root: () => root,
      callers: () => texts.keys(),
      frozen: true,
    });
    const project = engine.project?.(sources);
    for (const path of texts.keys()) project?.check({ path, root });
    measured.push({ parseMs: between - from, checkMs: cpuMs() - between });
  }
  const bytes = [...texts.values()].reduce((sum, text) => sum + text.length, 0);
  return { files: texts.size, bytes, passes: measured };
}
