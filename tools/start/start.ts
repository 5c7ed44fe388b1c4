// npm start [-- --port N] [--no-open] | [-- --desktop]: the demo in a real VS Code, with the packaged extension
// installed as a user would. Ctrl-C ends everything that was started.

import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../projectFolder.ts';
import { runScript } from '../runScript.ts';
import { openDesktop } from './desktop.ts';
import { openInBrowser } from './openInBrowser.ts';
import { serveDemo } from './serveDemo.ts';

const values = readOptions();

function readOptions(): { desktop: boolean; port?: string | undefined; 'no-open': boolean } {
  try {
    return parseArgs({
      options: {
        desktop: { type: 'boolean', default: false },
        port: { type: 'string' },
        // npm passes `--no-open` on as it is.
        'no-open': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    console.error('npm start knows: -- --desktop, -- --port N, -- --no-open.');
    process.exit(2);
  }
}

const THINGS_TO_TRY = [
  'Open train.py: the underlined lines waste energy; the light bulb (Ctrl+.) mends them.',
  'Press "Run with Energy Profile" at the top right, or type "python train.py" into a terminal (Ctrl+`).',
  'Mend the lines, run again, then "Perjoule: Compare Runs" (F1): joules per step before and after.',
];

function say(line: string): void {
  console.log(line);
}

async function packageExtension(): Promise<string> {
  say('building and packaging the extension …');
  const folder = join(projectFolder, '.tools', 'start');
  mkdirSync(folder, { recursive: true });
  const vsix = join(folder, 'perjoule.vsix');
  // As a command of its own: the packager prints a page of what nobody asked for.
  const { code, output } = await runScript(join('tools', 'build', 'package.ts'), [vsix]);
  if (code !== 0) throw new Error(`the extension could not be packaged:\n${output}`);
  return vsix;
}

/** The original stays as it is, whatever is tried on it. */
function copyDemo(to: string): void {
  cpSync(join(projectFolder, 'demo'), to, {
    recursive: true,
    filter: (path) => !/__pycache__|[/\\]demo[/\\](data|history\.(csv|svg))/.test(path),
  });
}

async function main(): Promise<void> {
  const vsix = await packageExtension();
  if (values.desktop) {
    const workspace = join(projectFolder, '.tools', 'start', 'demo');
    copyDemo(workspace);
    openDesktop(vsix, workspace);
    say('\nVS Code is opening the demo. Three things to try:');
  } else {
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
      throw new Error('--port wants a number from 1 to 65535');
    }
    say('installing it into VS Code …');
    const address = await serveDemo({ vsix, copyDemo, ...(port === undefined ? {} : { port }) });
    say(`\nThe demo is open at\n\n    ${address}\n\nThree things to try:`);
    if (!values['no-open']) openInBrowser(address);
  }
  THINGS_TO_TRY.forEach((line, index) => {
    say(`  ${index + 1}. ${line}`);
  });
  say('\nThe GPU is simulated, and every number of it says so.');
  if (!values.desktop) say('Ctrl-C ends it and leaves nothing running.');
}

try {
  await main();
} catch (error) {
  console.error(`perjoule · ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
