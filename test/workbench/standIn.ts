import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Packager {
  createVSIX(options: {
    cwd: string;
    packagePath: string;
    dependencies: boolean;
    allowMissingRepository: boolean;
  }): Promise<void>;
}

/** A stand-in of this folder as a packaged extension; returns its path in the test run's folder for temporary files. */
export async function packagedStandIn(folder: 'standInDebugger' | 'standInKernel'): Promise<string> {
  const packager = createRequire(import.meta.url)('@vscode/vsce') as Packager;
  const packagePath = join(tmpdir(), `${folder}-${process.pid}.vsix`);
  await packager.createVSIX({
    cwd: join(import.meta.dirname, folder),
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
  });
  return packagePath;
}
