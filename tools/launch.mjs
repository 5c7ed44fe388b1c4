// The one script behind every `npm` command of this project. It runs on any Node from 20 on with nothing installed,
// gets what the command needs, and hands over to the command itself on the pinned Node.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser } from './bootstrap/browser.mjs';
import { ensureCodeServer, ensureFloorCodeServer } from './bootstrap/codeServer.mjs';
import { ensureNode } from './bootstrap/nodeRuntime.mjs';
import { ensureProjectDependencies } from './bootstrap/projectDependencies.mjs';
import { PlainFailure, say, withProgress } from './bootstrap/say.mjs';
import { startedBy } from './bootstrap/startedBy.mjs';
import { projectFolder } from './bootstrap/toolFolder.mjs';
import { OLDEST_NODE_MAJOR } from './bootstrap/versions.mjs';

/** Where each command lives. What else it needs (code-server, a browser) it asks for itself, when it needs it. */
const COMMANDS = /** @type {const} */ ({
  start: 'tools/start/start.ts',
  test: 'tools/test/test.ts',
  build: 'tools/build/build.ts',
  package: 'tools/build/package.ts',
  generate: 'tools/generate/generate.ts',
  'new-rule': 'tools/newRule.ts',
  cli: 'dist/cli.js',
});

/** Parts that a running command asks for: `node tools/launch.mjs ensure code-server` prints one line of JSON. */
const PARTS = /** @type {const} */ ({
  node: async () => ({ executable: await ensureNode() }),
  'code-server': async () => {
    const node = await ensureNode();
    return { folder: await ensureCodeServer(node), node };
  },
  'floor-code-server': ensureFloorCodeServer,
  browser: async () => ensureBrowser(await ensureNode()),
});

/**
 * @template {object} Table
 * @param {Table} table
 * @param {string | undefined} key
 * @returns {key is keyof Table & string}
 */
function isKeyOf(table, key) {
  return key !== undefined && Object.hasOwn(table, key);
}

async function main() {
  const [command, ...args] = process.argv.slice(2);
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST_NODE_MAJOR) {
    throw new PlainFailure(`Node ${OLDEST_NODE_MAJOR} or newer is needed; this is ${process.versions.node}.`);
  }
  if (command === 'ensure') {
    const part = args[0];
    if (!isKeyOf(PARTS, part)) throw new PlainFailure(`ensure knows: ${Object.keys(PARTS).join(', ')}.`);
    process.stdout.write(`${JSON.stringify(await PARTS[part]())}\n`);
    return;
  }
  await ensureProjectDependencies();
  const node = await ensureNode();
  if (command === 'run') {
    handOver(node, args);
    return;
  }
  if (!isKeyOf(COMMANDS, command))
    throw new PlainFailure(`launch knows: ${Object.keys(COMMANDS).join(', ')}, run.`);
  if (command === 'cli' && !existsSync(join(projectFolder, COMMANDS.cli))) await buildFirst(node);
  // The command line means paths from where it was called, which npm leaves for the project's folder.
  const folder = command === 'cli' ? process.env['INIT_CWD'] : undefined;
  handOver(node, [join(projectFolder, COMMANDS[command]), ...args], folder);
}

/**
 * Nothing of it on standard output, which is the command's.
 * @param {string} node
 */
async function buildFirst(node) {
  await withProgress('building', async () => {
    const built = spawnSync(node, [join(projectFolder, COMMANDS.build)], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: projectFolder,
    });
    if (built.status !== 0) throw new PlainFailure('the build failed: see the lines above.');
  });
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {string} [folder]
 */
function handOver(node, args, folder = projectFolder) {
  const child = spawn(node, args, { stdio: 'inherit', cwd: folder });
  // The command cleans up after itself and decides when to end; a second signal (the terminal sends one to the whole
  // group, npm repeats it) must not end this process before it.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  // When whoever started us is gone without a signal (a killed shell or npm), nobody waits for the command any more.
  const starter = startedBy();
  const watch = setInterval(() => {
    if (startedBy() !== starter) child.kill('SIGTERM');
  }, 1000);
  watch.unref();
  child.once('error', (error) => {
    say(`the command could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    clearInterval(watch);
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PlainFailure)) throw error;
  say(error.message);
  process.exitCode = 1;
}
