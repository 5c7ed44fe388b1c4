import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages } from '../build/bundles.ts';
import { projectFolder } from '../projectFolder.ts';
import { between } from './between.ts';
import type { Generator } from './generator.ts';

const NOTICES = 'THIRD_PARTY_NOTICES.md';

/** Names under which packages keep their licence, and what they in turn took from others. */
const LICENCE_FILE = /^(licen[cs]e|copying|notice|third-?party-?notices)([.-].*)?$/i;

interface Notice {
  /** `name version, name version`: packages of one project repeat the same text. */
  readonly packages: string[];
  readonly licence: string;
  readonly text: string;
}

/** The licence of everything that is in the bundles, as its package states it. */
export const thirdParty: Generator = {
  name: 'third-party notices',
  async outputs() {
    const notices = new Map<string, Notice>();
    for (const folder of await bundledPackages()) {
      const { name, version, licence } = manifestOf(folder);
      const text = licenceText(folder);
      const known = notices.get(text);
      if (!known) notices.set(text, { packages: [`${name} ${version}`], licence, text });
      else if (!known.packages.includes(`${name} ${version}`)) known.packages.push(`${name} ${version}`);
    }
    const lines = [...notices.values()].flatMap(({ packages, licence, text }) => [
      `### ${packages.join(', ')}`,
      '',
      `Licence: ${licence}`,
      '',
      '```text',
      text,
      '```',
      '',
    ]);
    const present = readFileSync(join(projectFolder, NOTICES), 'utf8');
    return new Map([[NOTICES, between(present, NOTICES, 'bundled', ['', ...lines])]]);
  },
};

function manifestOf(folder: string): { name: string; version: string; licence: string } {
  const manifest: unknown = JSON.parse(readFileSync(join(projectFolder, folder, 'package.json'), 'utf8'));
  const { name, version, license } = Object(manifest) as Record<string, unknown>;
  return { name: String(name), version: String(version), licence: String(license) };
}

function licenceText(folder: string): string {
  const root = join(projectFolder, folder);
  const files = existsSync(root) ? readdirSync(root).filter((name) => LICENCE_FILE.test(name)) : [];
  if (files.length === 0) throw new Error(`${folder} is bundled and has no licence file`);
  const texts = files.sort().map((name) => readFileSync(join(root, name), 'utf8'));
  return texts.map(tidy).join('\n\n');
}

/** Line ends and trailing blanks differ between packages; the words stay as they are. */
function tidy(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .replaceAll('\u0060\u0060\u0060', "'''")
    .trim();
}
