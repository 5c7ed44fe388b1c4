// The native part of a package for one platform: koffi's binary beside the bundles, and its licence in the notices.

import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../projectFolder.ts';

/** VS Code's name of a platform → koffi's package and the folder of the binary in it. */
const binaries: Readonly<Record<string, readonly [name: string, folder: string]>> = {
  'linux-x64': ['linux-x64', 'linux_x64'],
  'linux-arm64': ['linux-arm64', 'linux_arm64'],
  'alpine-x64': ['linux-x64', 'musl_x64'],
  'alpine-arm64': ['linux-arm64', 'musl_arm64'],
  'win32-x64': ['win32-x64', 'win32_x64'],
  'win32-arm64': ['win32-arm64', 'win32_arm64'],
};

/** @param stage the folder that is packaged, with its dist/ */
export async function addNativePart(stage: string, target: string): Promise<void> {
  const binary = binaries[target];
  if (binary === undefined)
    throw new Error(
      `There is no native part for "${target}"; use one of: ${Object.keys(binaries).join(', ')}.`,
    );
  const [name, folder] = binary;
  const koffi = join(projectFolder, 'node_modules', 'koffi');
  const { version } = JSON.parse(await readFile(join(koffi, 'package.json'), 'utf8')) as { version: string };
  // The lock file installs this machine's binary only: the one for the target comes from the registry.
  const work = await mkdtemp(join(tmpdir(), 'perjoule-native-'));
  try {
    const spec = `@koromix/koffi-${name}@${version}`;
    // `--force` takes a package that is made for another platform than this one.
    const args = [
      'install',
      '--prefix',
      work,
      '--force',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      spec,
    ];
    await promisify(execFile)('npm', args, { cwd: work, shell: process.platform === 'win32' });
    const from = join(work, 'node_modules', '@koromix', `koffi-${name}`, folder, 'koffi.node');
    await cp(from, join(stage, 'dist', 'koffi.node'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const licence = await readFile(join(koffi, 'LICENSE.txt'), 'utf8');
  await appendFile(
    join(stage, 'THIRD_PARTY_NOTICES.md'),
    `\n### koffi ${version} (in this package only)\n\nLicence: MIT\n\n\`\`\`text\n${licence.trim()}\n\`\`\`\n`,
  );
}
