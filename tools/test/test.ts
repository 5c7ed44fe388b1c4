// npm test [-- STAGE…] [--file TEXT] [--name PATTERN] [--unit] [--soak]: every check and test, cheap ones first.
// The last line is always "N passed, N failed", with ", N skipped" when something was skipped and said why.

import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endProcessesMarked, processesMarked } from '../vscode/processes.ts';
import { seconds } from './nodeTests.ts';
import type { Skip, Stage } from './stage.ts';
import { allStages, soakStages } from './stages.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    unit: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    file: { type: 'string' },
    name: { type: 'string' },
  },
});

// Everything that a test starts carries this in its environment, so that what it leaves behind is found.
const mark = `pj-${randomBytes(3).toString('hex')}`;
process.env['PERJOULE_TEST_RUN'] = mark;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    await endProcessesMarked(mark);
    process.exit(130);
  });
}

const selection = { filePattern: values.file, namePattern: values.name };
const known = values.soak ? soakStages(selection) : allStages(selection);
const wanted = values.unit ? ['unit'] : positionals;
const unknown = wanted.filter((name) => !known.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(
    `no such stage: ${unknown.join(', ')}. There are: ${known.map((stage) => stage.name).join(', ')}.`,
  );
  process.exit(2);
}
await runStages(known.filter((stage) => wanted.length === 0 || wanted.includes(stage.name)));

async function runStages(stages: readonly Stage[]): Promise<void> {
  const skipped: Skip[] = [];
  let [passed, failed] = [0, 0];
  const started = performance.now();
  for (const stage of stages) {
    const begun = performance.now();
    const result = await stage.run();
    passed += result.passed;
    failed += result.failed;
    skipped.push(...result.skipped);
    const sign = result.failed > 0 ? '✗' : '✓';
    const counts = `${result.passed} passed${result.failed > 0 ? `, ${result.failed} failed` : ''}`;
    const time = seconds(performance.now() - begun);
    console.log(`${sign} ${stage.title.padEnd(26)} ${counts.padEnd(24)} ${time.padStart(8)}`);
    for (const remark of result.remarks ?? []) console.log(`    ${remark}`);
    for (const { name, reason } of result.skipped) console.log(`    skipped: ${name}: ${reason}`);
    if (result.failed > 0) console.log(result.details.replace(/^/gm, '    '));
  }
  if (passed + failed + skipped.length === 0) {
    failed += 1;
    console.log('✗ nothing was run');
  }
  const left = await leftBehind();
  if (left.length > 0) {
    failed += 1;
    console.log('✗ processes that tests left behind:');
    for (const { pid, command } of left) console.log(`    ${pid} ${command.slice(0, 160)}`);
    await endProcessesMarked(mark);
  }
  console.log(`in ${seconds(performance.now() - started)}`);
  console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Processes of the tests that do not go by themselves: a sampler that nobody uses stays for its five seconds. */
async function leftBehind(): Promise<ReturnType<typeof processesMarked>> {
  const until = performance.now() + 15_000;
  while (processesMarked(mark).length > 0 && performance.now() < until) await setTimeout(500);
  return processesMarked(mark);
}
