import type { Program } from '../python/program.ts';

/**
 * Files in which waste on a CUDA device is no news: tests and benchmarks wait on purpose, tutorials show one thing at a
 * time, generated and vendored files are not ours to mend, and a program that cannot use CUDA has no such queue.
 */
export function isExempt(program: Program): boolean {
  const { role } = program;
  return (
    role.test || role.benchmark || role.tutorial || role.generated || role.vendored || program.cuda === 'no'
  );
}
