// npm run bench:check [-- DIR…] [--passes N] [--edits N] [--seed N]: the checker against the bare parse of the same files,
// against ruff's WebAssembly build on a large mixed tree, its memory there and the language server's, and the wait after an edit. With folders, the
// first figure is of their files; without, of made-up ones. Processor time, the two sides in turn; medians.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findPythonFiles } from '../../server/pythonFiles.ts';
import { buildBundles } from '../../tools/build/bundles.ts';
import { bareParser, checkAgainstParse } from './checkAgainstParse.ts';
import { editLatency } from './editLatency.ts';
import { type ProcessUsage, usageOfProcess } from './processUsage.ts';
import { longScript, type PythonTree, writePythonTree } from './pythonTree.ts';
import { ruffScript } from './ruffProcess.ts';
import { workspaceLook } from './workspaceLook.ts';

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    passes: { type: 'string', default: '5' },
    edits: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const passes = Number(options.passes);
const edits = Number(options.edits);
const seed = Number(options.seed);

const parseLimit = 2.5;
const mixedLines = 300_000;
const gpuLines = 30_000;
const gpuShare = 0.1;
const memoryLimitBytes = 250e6;
const waitLimits = [
  { lines: 1_000, limitMs: 15 },
  { lines: 10_000, limitMs: 250 },
] as const;

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const quantile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

let missed = 0;
function verdict(holds: boolean): string {
  if (!holds) missed += 1;
  return holds ? 'holds' : 'MISSED';
}

async function againstParse(root: string, files: readonly string[], what: string): Promise<void> {
  const measured = await checkAgainstParse(root, files, passes + 1);
  const [first, ...warm] = measured.passes.map(({ parseMs, checkMs }) => checkMs / parseMs);
  const ratio = median(warm);
  console.log(
    `check / bare parse     ${ratio.toFixed(2)} × (limit ${parseLimit}: ${verdict(ratio <= parseLimit)}; goal 1.8), ${sorted(warm)[0]?.toFixed(2)} to ${sorted(warm).at(-1)?.toFixed(2)} in ${passes} passes; the very first pass ${first?.toFixed(2)} ×`,
  );
  console.log(
    `  ${what}: ${measured.files} files, ${megabytes(measured.bytes)}; bare parse ${seconds(median(measured.passes.map(({ parseMs }) => parseMs)))}, check ${seconds(median(measured.passes.slice(1).map(({ checkMs }) => checkMs)))}`,
  );
}

function againstRuff(cli: string, tree: string, made: PythonTree): void {
  const ours: ProcessUsage[] = [];
  const theirs: ProcessUsage[] = [];
  for (let pass = 0; pass < passes; pass++) {
    ours.push(usageOfProcess([cli, 'check', '--format', 'json', '.'], tree));
    theirs.push(usageOfProcess(['--eval', ruffScript(), tree], tree));
  }
  const { stats } = JSON.parse(ours[0]?.output ?? '') as { stats: { files: number; analysed: number } };
  const ruff = JSON.parse(theirs[0]?.output ?? '') as { files: number };
  const ratioOf = (field: 'cpuMs' | 'wallMs'): number =>
    median(ours.map((usage, pass) => usage[field] / (theirs[pass]?.[field] ?? Number.NaN)));
  const of = (runs: readonly ProcessUsage[], field: 'cpuMs' | 'wallMs'): string =>
    seconds(median(runs.map((usage) => usage[field])));
  const ratio = ratioOf('cpuMs');
  console.log(
    `check / ruff           ${ratio.toFixed(2)} × in processor time (limit 1: ${verdict(ratio <= 1)}), ${ratioOf('wallMs').toFixed(2)} × by the clock; whole processes, one thread each`,
  );
  console.log(
    `  ${made.lines} lines, ${megabytes(made.bytes)}, ${((100 * made.gpuBytes) / made.bytes).toFixed(1)} % of it in files that import a GPU framework; ${stats.files} files of which ${stats.analysed} were analysed, ruff read ${ruff.files}; processor time ${of(ours, 'cpuMs')} against ${of(theirs, 'cpuMs')}, clock ${of(ours, 'wallMs')} against ${of(theirs, 'wallMs')}`,
  );
  const peak = median(ours.map(({ residentBytes }) => residentBytes));
  console.log(
    `memory                 ${megabytes(peak)} at its largest (limit ${megabytes(memoryLimitBytes)}: ${verdict(peak <= memoryLimitBytes)}); ruff ${megabytes(median(theirs.map(({ residentBytes }) => residentBytes)))}`,
  );
}

/** The bare parse of a script by the clock: says how much of a wait is the machine's. */
async function parseWait(lines: number): Promise<number> {
  const parser = await bareParser();
  const script = longScript(lines, seed);
  const waits = Array.from({ length: 15 }, () => {
    const from = performance.now();
    parser.parse(script)?.delete();
    return performance.now() - from;
  });
  return median(waits);
}

async function edited(server: string, root: string): Promise<void> {
  for (const { lines, limitMs } of waitLimits) {
    const { waits, cpuMs } = await editLatency(server, root, lines, edits);
    const p95 = quantile(waits, 0.95);
    console.log(
      `edit to diagnostics    ${p95.toFixed(1)} ms at the 95th of 100 in ${lines} lines (limit ${limitMs} ms: ${verdict(p95 <= limitMs)}), ${median(waits).toFixed(1)} ms at the 50th; ${waits.length} edits by the clock; ${cpuMs.toFixed(1)} ms of the server's processor time each`,
    );
    console.log(
      `  bare parse of such a script ${(await parseWait(lines)).toFixed(1)} ms by the clock, just after`,
    );
  }
}

async function everyFile(server: string, tree: string, { lines }: PythonTree): Promise<void> {
  const { reported, firstSeconds, changeSeconds, peakBytes } = await workspaceLook(server, tree, 5);
  console.log(
    `whole workspace        ${megabytes(peakBytes)} at the server's largest (limit ${megabytes(memoryLimitBytes)}: ${verdict(peakBytes <= memoryLimitBytes)}); processor time ${seconds(firstSeconds * 1000)} for the first look at ${lines} lines, ${reported} files with findings, ${seconds(median(changeSeconds) * 1000)} after one of them was changed`,
  );
}

console.log(
  `Load of the machine ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors: above one for each, times by the clock say little.`,
);
const folder = mkdtempSync(join(tmpdir(), 'pj-bench-'));
try {
  const dist = join(folder, 'dist');
  await buildBundles({ folder: dist, minify: true });
  writeFileSync(join(dist, 'package.json'), '{"type":"module"}');

  if (folders.length === 0) {
    const made = writePythonTree(join(folder, 'gpu'), { lines: gpuLines, gpuShare: 1, seed });
    await againstParse(join(folder, 'gpu'), made.files, 'made-up files for a GPU');
  }
  for (const named of folders) {
    const root = resolve(named);
    const { files } = await findPythonFiles(root);
    await againstParse(root, files, root);
  }
  const tree = join(folder, 'mixed');
  const mixed = writePythonTree(tree, { lines: mixedLines, gpuShare, seed });
  againstRuff(join(dist, 'cli.js'), tree, mixed);
  await everyFile(join(dist, 'server.js'), tree, mixed);
  await edited(join(dist, 'server.js'), folder);
  process.exitCode = missed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
