/** A checker of two rules that needs no parser: the protocol is tested apart from what the real rules find. */

import { createHash } from 'node:crypto';
import type { CheckResult, Finding, Problem } from '../../server/engine/finding.ts';
import type { CheckedFile, Engine } from '../../server/lsp/engineDoor.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

function allowed(text: string, offset: number, rule: string): boolean {
  const end = /[\r\n]|$/.exec(text.slice(offset));
  const line = text.slice(Math.max(0, text.lastIndexOf('\n', offset - 1) + 1), offset + (end?.index ?? 0));
  const names = /# perjoule: allow ([\w-]+(?:, [\w-]+)*)/.exec(line)?.[1] ?? '';
  return names.split(', ').includes(rule);
}

function reads(text: string): Finding[] {
  return [...text.matchAll(/(\w+)\.item\(\)/g)].map((match): Finding => {
    const start = match.index;
    const end = start + match[0].length;
    const dot = start + (match[1]?.length ?? 0);
    return {
      rule: 'tiny-read',
      message: `\`${match[0]}\` waits for the GPU.`,
      severity: 'information',
      confidence: 'certain',
      start,
      end,
      fixes: [
        {
          title: 'Keep the value on the GPU',
          safety: 'safe',
          edits: [{ start: dot, end, text: '.detach()' }],
        },
        {
          title: 'Remove the read',
          safety: 'suggestion',
          caveat: 'the value is not shown any more.',
          edits: [{ start, end, text: 'None' }],
        },
      ],
      related: [...text.matchAll(/\bsync\(\)/g)].map((other) => ({
        start: other.index,
        end: other.index + other[0].length,
        message: 'Another place that waits.',
      })),
      region: { start, end },
      regionHash: hash(match[0]),
      wasteKind: 'hostSync',
    };
  });
}

function loaders(text: string): Finding[] {
  return [...text.matchAll(/DataLoader\(\w+\)/g)].map((match): Finding => {
    const end = match.index + match[0].length;
    return {
      rule: 'tiny-loader',
      message: 'The loader has no workers.',
      severity: 'warning',
      confidence: 'likely',
      start: match.index,
      end,
      fixes: [
        {
          title: 'Add four workers',
          safety: 'suggestion',
          edits: [{ start: end - 1, end: end - 1, text: ', num_workers=4' }],
        },
      ],
      related: [],
      region: { start: match.index, end },
      regionHash: hash(match[0]),
      wasteKind: 'inputWait',
    };
  });
}

function previews(text: string): Finding[] {
  return [...text.matchAll(/PREVIEW/g)].map((match): Finding => {
    const span = { start: match.index, end: match.index + match[0].length };
    return {
      ...span,
      rule: 'tiny-preview',
      message: 'This may be wasteful.',
      severity: 'hint',
      confidence: 'likely',
      fixes: [],
      related: [],
      region: span,
      regionHash: hash(match[0]),
      wasteKind: null,
    };
  });
}

export class TinyEngine implements Engine {
  readonly rules = [
    {
      name: 'tiny-read',
      aliases: ['tiny-old-name'],
      family: 'host-device-sync',
      stage: 'stable',
      summary: 'Reads.',
      severity: 'information',
      why: 'The processor waits.',
      evidence: 'not measured',
    },
    {
      name: 'tiny-loader',
      aliases: [],
      family: 'data-pipeline',
      stage: 'stable',
      summary: 'Loads.',
      severity: 'warning',
      why: 'The GPU waits.',
      evidence: 'not measured',
    },
    {
      name: 'tiny-preview',
      aliases: [],
      family: 'memory',
      stage: 'preview',
      summary: 'Tries.',
      severity: 'hint',
      why: 'Not sure yet.',
      evidence: 'not measured',
    },
  ] as const;

  checks = 0;

  check({ text }: CheckedFile): CheckResult {
    this.checks += 1;
    // As long as a large file takes, so that requests pile up behind it.
    for (const end = performance.now() + 30; text.includes('SLOW') && performance.now() < end; );
    if (!text.includes('torch')) return { findings: [], problems: [], analysed: false };
    const findings = [...reads(text), ...loaders(text), ...previews(text)].filter(
      (finding) => !allowed(text, finding.start, finding.rule),
    );
    const problems = [...text.matchAll(/RULE_FAILS|# perjoule: allow nothing/g)].map(
      (match): Problem => ({
        kind: match[0] === 'RULE_FAILS' ? 'ruleFailed' : 'staleSuppression',
        message: match[0] === 'RULE_FAILS' ? 'tiny-read failed.' : 'This comment allows nothing.',
        start: match.index,
        end: match.index + match[0].length,
      }),
    );
    return { findings, problems, analysed: true };
  }
}
