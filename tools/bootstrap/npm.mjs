// Runs the machine's own npm and turns its failures into one line a person can act on.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlainFailure } from './say.mjs';

const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|UNABLE_TO_[A-Z_]+|SELF_SIGNED_[A-Z_]+)\b/;
const NO_SPACE = /\bENOSPC\b/;
const NOT_PUBLISHED = /\b(E404|ETARGET)\b/;

/**
 * @param {string[]} args
 * @param {{ cwd: string, what: string, nodeFolder?: string }} options `nodeFolder` puts another Node first on PATH
 */
export async function npm(args, { cwd, what, nodeFolder }) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm's own retries wait for minutes; a person without a network wants to know sooner.
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const { code, output } = await capture([...args, ...quiet, ...patience], cwd, nodeFolder);
  if (code === 0) return;
  throw new PlainFailure(explain(what, output));
}

/**
 * @param {string} what
 * @param {string} output
 */
function explain(what, output) {
  const unreachable = UNREACHABLE.exec(output);
  if (unreachable) {
    return `the npm registry is out of reach (${unreachable[1]}), so ${what} could not be installed. Check the network or npm's "registry" setting, then run the command again.`;
  }
  if (NO_SPACE.test(output)) {
    return `the disk is full, so ${what} could not be installed. Free about 2 GB, then run the command again.`;
  }
  if (NOT_PUBLISHED.test(output)) return `the npm registry does not offer ${what}.`;
  return `npm could not install ${what}:\n${output.trim().split('\n').slice(0, 15).join('\n')}`;
}

/**
 * @param {string[]} args
 * @param {string} cwd
 * @param {string | undefined} nodeFolder
 * @returns {Promise<{ code: number, output: string }>}
 */
function capture(args, cwd, nodeFolder) {
  const cli = npmCli();
  const env = cleanEnvironment(nodeFolder);
  const child = cli
    ? spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn('npm', args, {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        shell: process.platform === 'win32',
      });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', () =>
      reject(
        new PlainFailure('npm was not found next to Node. Install Node 20 or newer together with its npm.'),
      ),
    );
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The npm that runs this script, or the one beside this Node; undefined leaves it to PATH. */
function npmCli() {
  const running = process.env['npm_execpath'];
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const onWindows = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return [running, beside, onWindows].find(
    (file) => file !== undefined && basename(file) === 'npm-cli.js' && existsSync(file),
  );
}

/**
 * Settings of an outer `npm test` describe this project; an inner npm that works elsewhere must not see them.
 * @param {string | undefined} nodeFolder
 */
function cleanEnvironment(nodeFolder) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(package_|lifecycle_|command$|config_(local_prefix|global_prefix|prefix)$)/i.test(name))
      continue;
    if (name === 'NODE_ENV' || name === 'NODE_OPTIONS' || name === 'INIT_CWD') continue;
    env[name] = value;
  }
  const separator = process.platform === 'win32' ? ';' : ':';
  if (nodeFolder) env['PATH'] = `${nodeFolder}${separator}${env['PATH'] ?? ''}`;
  return env;
}
