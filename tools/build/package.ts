// npm run package [-- FILE]: the universal VSIX, at the root of the checkout unless told otherwise.

import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { productVersion } from '../../contracts/version.ts';
import { projectFolder } from '../projectFolder.ts';
import { packageInto } from './vsix.ts';

const path = resolve(projectFolder, process.argv[2] ?? `perjoule-${productVersion}.vsix`);
await packageInto(path);
console.log(`${basename(path)}: ${Math.ceil(statSync(path).size / 1024)} KiB`);
