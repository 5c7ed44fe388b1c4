import { relative } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';
import { projectFolder } from '../projectFolder.ts';
import type { Skip, StageResult } from './stage.ts';

export interface NodeTestOptions {
  readonly concurrency: number;
  /** For one file. */
  readonly timeoutMs: number;
  /** Prints each test as it ends, and what tests report about themselves: for stages that take minutes. */
  readonly talkative?: boolean;
  readonly namePattern?: string | undefined;
}

export interface NodeTestsResult extends StageResult {
  /** Of each file that did not pass as a whole, the number of its tests that did. */
  readonly passedBesideFailed: ReadonlyMap<string, number>;
}

/** What Node's own summary prints through the same channel as the tests' remarks. */
const OWN_SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** Runs files with Node's own test runner, each in a process of its own, and counts from its events. */
export async function runNodeTests(
  files: readonly string[],
  options: NodeTestOptions,
): Promise<NodeTestsResult> {
  // A stage that runs nothing must not look like one that passed.
  if (files.length === 0)
    return {
      passed: 0,
      failed: 1,
      skipped: [],
      details: 'no test files to run',
      passedBesideFailed: new Map(),
    };
  const skipped: Skip[] = [];
  const failures: string[] = [];
  const failedFiles = new Set<string>();
  const passedIn = new Map<string, number>();
  const printed = new Map<string, string>();
  let passed = 0;
  const say = options.talkative ? (line: string) => console.log(`    ${line}`) : () => {};

  const stream = run({
    files: [...files],
    concurrency: options.concurrency,
    timeout: options.timeoutMs,
    ...(options.namePattern ? { testNamePatterns: options.namePattern } : {}),
  });
  const place = (file: string | undefined): string => (file ? relative(projectFolder, file) : '');
  const fail = (file: string | undefined, text: string): void => {
    failedFiles.add(place(file));
    failures.push(`${place(file)}: ${text}`);
  };
  const keepOutput = (event: { file?: string; message: string }): void => {
    const key = place(event.file);
    printed.set(key, (printed.get(key) ?? '') + event.message);
  };
  stream.on('test:stdout', keepOutput);
  stream.on('test:stderr', keepOutput);
  stream.on('test:pass', (event) => {
    if (event.skip !== undefined) {
      const reason = typeof event.skip === 'string' ? event.skip.trim() : '';
      if (reason) skipped.push({ name: event.name, reason });
      else fail(event.file, `"${event.name}" is skipped without a reason`);
      return;
    }
    // A test that may fail is a red test that nobody has to look at.
    if (event.todo !== undefined) fail(event.file, `"${event.name}" is marked todo`);
    if (event.details.type === 'suite') return;
    passed += 1;
    passedIn.set(place(event.file), (passedIn.get(place(event.file)) ?? 0) + 1);
    say(`✓ ${event.name} (${seconds(event.details.duration_ms)})`);
  });
  stream.on('test:fail', (event) => {
    const { error, type } = event.details;
    if (type !== 'suite') say(`✗ ${event.name} (${seconds(event.details.duration_ms)})`);
    // A parent that only fails because a child did has nothing to add.
    if ('failureType' in error && error.failureType === 'subtestsFailed') return;
    fail(event.file, `${event.name}\n${indent(describe(error))}`);
  });
  stream.on('test:diagnostic', (event) => {
    if (OWN_SUMMARY.test(event.message)) return;
    say(`  ${event.message}`);
  });
  await new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
    stream.resume();
  });

  const outputs =
    failures.length > 0
      ? [...printed].filter(([file]) => failures.some((text) => text.startsWith(file)))
      : [];
  return {
    passed,
    failed: failures.length,
    passedBesideFailed: new Map([...failedFiles].map((file) => [file, passedIn.get(file) ?? 0])),
    skipped,
    details: [
      ...failures,
      ...outputs.map(
        ([file, text]) => `printed by ${file}:\n${indent(text.trim().split('\n').slice(-40).join('\n'))}`,
      ),
    ].join('\n'),
  };
}

function describe(error: Error): string {
  const cause = error.cause;
  return cause === undefined ? error.message : inspect(cause);
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
