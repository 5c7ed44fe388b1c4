/** A process that checks the Python files of a folder with ruff's own WebAssembly build, one after another. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Plain CommonJS for `node --eval`, so that nothing but ruff is loaded. The folder is its argument. */
export function ruffScript(): string {
  const ruff = require.resolve('@astral-sh/ruff-wasm-nodejs');
  return `const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { PositionEncoding, Workspace } = require(${JSON.stringify(ruff)});
const workspace = new Workspace({ lint: { select: ['PERF', 'F', 'E'] } }, PositionEncoding.Utf16);
const folder = process.argv[1];
let files = 0, findings = 0;
for (const name of readdirSync(folder, { recursive: true })) {
  if (!name.endsWith('.py')) continue;
  files += 1;
  findings += workspace.check(readFileSync(join(folder, name), 'utf8')).length;
}
console.log(JSON.stringify({ files, findings }));`;
}
