// npm run build [-- --minify]: the bundles in dist/.

import { join } from 'node:path';
import { projectFolder } from '../projectFolder.ts';
import { buildBundles } from './bundles.ts';

const started = performance.now();
await buildBundles({ folder: join(projectFolder, 'dist'), minify: process.argv.includes('--minify') });
console.log(`dist/ built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
