/** What a whole Node process costs, as it says itself at its end: every thread counts, the compiler's too. */

import { spawnSync } from 'node:child_process';

export interface ProcessUsage {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** At its largest. */
  readonly residentBytes: number;
  readonly output: string;
}

const reporting = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('node:fs').writeSync(2, '\\nusage ' + JSON.stringify([(userCPUTime + systemCPUTime) / 1000, maxRSS * 1024]));
})`;
const hook = `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('file:///'); ${reporting}`)}`;

/** Exit status 1 is the answer of a checker that has found something. */
export function usageOfProcess(args: readonly string[], cwd: string): ProcessUsage {
  const from = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', hook, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const wallMs = performance.now() - from;
  const usage = /usage (\[.*\])$/.exec(stderr)?.[1];
  if (usage === undefined || (status !== 0 && status !== 1))
    throw new Error(`${args.join(' ')} ended with ${status}: ${stderr.slice(0, 500)}`);
  const [cpuMs = Number.NaN, residentBytes = Number.NaN] = JSON.parse(usage) as number[];
  return { cpuMs, wallMs, residentBytes, output: stdout };
}
