import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentError, agentText } from './agentAnswers.ts';
import { maskAnswer } from './maskAnswer.ts';
import { mask } from './maskSecrets.ts';

/** A line of an answer, and what has to be left of it. */
const planted: readonly (readonly [line: string, left: string])[] = [
  ['python train.py --password planted-1 --epochs 3', `python train.py --password ${mask} --epochs 3`],
  ['export WANDB_API_KEY=planted-2', `export WANDB_API_KEY=${mask}`],
  ['HF_TOKEN=planted-3 python x.py', `HF_TOKEN=${mask} python x.py`],
  [
    '| Command | python x.py --api-key planted-4 | 3 J |',
    `| Command | python x.py --api-key ${mask} | 3 J |`,
  ],
  ['# Run 2: HF\\_TOKEN=planted-5 \\*x\\*', `# Run 2: HF\\_TOKEN=${mask} \\*x\\*`],
  ['- \\--token planted-6, **3 J** less', `- \\--token ${mask} **3 J** less`],
  ['- hf\\_planted7abcdefghijklmnop, \\[3\\]', `- ${mask}, \\[3\\]`],
  ['the user\'s own --auth-token planted-8 is "wrong"', `the user's own --auth-token ${mask} is "wrong"`],
  ['  "name": "night --secret planted-9",', `  "name": "night --secret ${mask}",`],
];

test('a secret is gone from each line of words, and the words and marks around it are not', () => {
  for (const [line, left] of planted) assert.equal(maskAnswer(line), left);
  const all = planted.map(([line]) => line).join('\n');
  for (const text of [agentText('run_report', all), agentText('savings', all), agentError(new Error(all))])
    assert.equal(text, planted.map(([, left]) => left).join('\n'));
});

test('words without a secret stay as they are', () => {
  for (const line of [
    'there is no "train\\_2.py"; tokens per second: 3, energy for each token: 4 J',
    '| Energy per token | 0.2 J | key: value | sorted(x, key = len) |',
    `  "counted": "token",\n  "perStepJ": null, "change": -0.25`,
    'the secret of a fast loader is `num_workers`; a token is a word\\.',
  ])
    assert.equal(maskAnswer(line), line);
});

test('a diff keeps what only sounds like a secret', () => {
  const diff = '-    token = logits.argmax().item()\n+    token=logits.argmax()';
  assert.equal(agentText('preview_fix', diff), diff);
});
