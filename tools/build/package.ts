// npm run package [-- FILE] [--target PLATFORM]: the VSIX, at the root of the checkout unless told otherwise. The universal
// one holds nothing native; one for a platform (linux-x64, win32-arm64 …) calls the driver's library by itself.

import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { productVersion } from '../../contracts/version.ts';
import { projectFolder } from '../projectFolder.ts';
import { packageInto } from './vsix.ts';

const { values, positionals } = parseArgs({
  options: { target: { type: 'string' } },
  allowPositionals: true,
});
const { target } = values;
const name = `perjoule-${productVersion}${target === undefined ? '' : `-${target}`}.vsix`;
const path = resolve(projectFolder, positionals[0] ?? name);
await packageInto(path, target);
console.log(`${basename(path)}: ${Math.ceil(statSync(path).size / 1024)} KiB`);
