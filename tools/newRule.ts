// npm run new-rule -- <family>/<name>: the two files of a rule, empty but valid.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { productVersion } from '../contracts/version.ts';
import { projectFolder } from './projectFolder.ts';

const [target = ''] = process.argv.slice(2);
const match = /^([a-z]+(?:-[a-z]+)*)\/([a-z]+(?:-[a-z0-9]+)*)$/.exec(target);
const [, family, name] = match ?? [];

if (!family || !name) {
  console.error('Say which rule: npm run new-rule -- <family>/<name>, both in kebab-case.');
  process.exitCode = 2;
} else if (/^(avoid|prefer|use|no)-/.test(name)) {
  console.error(`"allow ${name}" does not read well: name the waste, not the advice.`);
  process.exitCode = 2;
} else {
  writeRule(family, name);
}

function writeRule(family: string, name: string): void {
  const base = `server/rules/${family}/${name}`;
  const files: [string, string][] = [
    [`${base}.ts`, code(family, name)],
    [`${base}.md`, page(name)],
  ];
  for (const [path] of files) {
    if (existsSync(join(projectFolder, path))) {
      console.error(`${path} exists already.`);
      process.exitCode = 2;
      return;
    }
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(projectFolder, path)), { recursive: true });
    writeFileSync(join(projectFolder, path), text);
    console.log(`wrote ${path}`);
  }
  console.log('Fill both, then: npm run generate');
}

function code(family: string, name: string): string {
  return `/** What the rule looks for, in one sentence. */

import type { Rule, RuleContext } from '../../engine/rule.ts';

export const rule: Rule = {
  meta: {
    name: '${name}',
    aliases: [],
    family: '${family}',
    stage: 'preview',
    since: '${productVersion}',
    severity: 'hint',
    wasteKind: null,
    summary: 'What the rule finds, in one sentence.',
    why: 'Why it costs energy, for somebody who does not know what a GPU does.',
    evidence: 'not measured',
    messages: {
      found: 'What is wasted, when, and the remedy.',
    },
  },
  check,
};

function check(_context: RuleContext): void {
  // Silent until there is something to say for certain.
}
`;
}

function page(name: string): string {
  return `# ${name}

## What it does

## Why it costs energy

## Example

\`\`\`python
# Two blocks that report: mark each line with "# finding: ${name}".
\`\`\`

## Better

\`\`\`python
# Two blocks that stay silent.
\`\`\`

## When it stays silent

## Fix

## Evidence

The saving is not measured.
`;
}
