/** Whether other programs take the processor away while a benchmark runs: then its times say nothing of a limit. */

/** Beyond this a loop waited for the processor for nearly a quarter of its time. */
const mostContention = 1.3;
const rounds = 3e7;

export interface Contention {
  /** Time that a loop took for each unit of processor time that it needed; 1 on a quiet machine. */
  readonly ratio: number;
  readonly busy: boolean;
  readonly text: string;
}

export function machineContention(): Contention {
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  let sum = 0;
  for (let round = 0; round < rounds; round += 1) sum = (sum * 31 + round) | 0;
  const tookMs = performance.now() - fromMs;
  const { user, system } = process.cpuUsage(cpu);
  const ratio = Number.isFinite(sum) ? tookMs / ((user + system) / 1000) : Number.NaN;
  return {
    ratio,
    busy: ratio > mostContention,
    text: `the machine is busy: a loop took ${ratio.toFixed(1)} × its processor time`,
  };
}
