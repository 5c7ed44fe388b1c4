import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../projectFolder.ts';
import { buildBundles } from './bundles.ts';
import { addNativePart } from './nativePart.ts';
import { packTighter } from './packTighter.ts';

// The packager is a module of the older kind and brings no types with it.
interface Packager {
  listFiles(options: { cwd: string; packageManager: 0 }): Promise<readonly string[]>;
  createVSIX(options: {
    cwd: string;
    packagePath: string;
    dependencies: boolean;
    allowMissingRepository: boolean;
    rewriteRelativeLinks: boolean;
    target?: string;
  }): Promise<void>;
}

/**
 * Packages the tree as it is now, for one platform where `target` names it. It works in a folder of its own with just the files that ship, so that it can run
 * beside a build or a test that uses dist/.
 */
export async function packageInto(packagePath: string, target?: string): Promise<void> {
  const packager = createRequire(import.meta.url)('@vscode/vsce') as Packager;
  const stage = await mkdtemp(join(tmpdir(), 'perjoule-package-'));
  try {
    const shipped = await packager.listFiles({ cwd: projectFolder, packageManager: 0 });
    for (const file of [...shipped, '.vscodeignore']) {
      if (!file.startsWith('dist/')) await cp(join(projectFolder, file), join(stage, file));
    }
    await buildBundles({ folder: join(stage, 'dist'), minify: true });
    if (target !== undefined) await addNativePart(stage, target);
    await packager.createVSIX({
      cwd: stage,
      packagePath,
      dependencies: false,
      allowMissingRepository: true,
      // Without a public address the links of the README have nothing to be resolved against.
      rewriteRelativeLinks: false,
      ...(target === undefined ? {} : { target }),
    });
    await packTighter(packagePath);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
