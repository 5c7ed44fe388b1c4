import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mask, maskSecrets } from './maskSecrets.ts';

const planted: readonly (readonly [string, string])[] = [
  ['python train.py --api-key abc123', 'abc123'],
  ['python train.py --api_key=abc123', 'abc123'],
  ['WANDB_API_KEY=0123abcd python train.py', '0123abcd'],
  ['HF_TOKEN=plainword python train.py', 'plainword'],
  ['env AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI python t.py', 'wJalrXUtnFEMI'],
  ['python t.py --password "two words"', 'two words'],
  ["python t.py --hub-token 'two words'", 'two words'],
  ['python t.py --wandb.token=zzz', 'zzz'],
  ['python t.py hf_abcdefghijklmnopqrstuvwxyz', 'hf_abcdefghijklmnopqrstuvwxyz'],
  ['python t.py sk-proj-abcdefghijklmnop1234', 'sk-proj-abcdefghijklmnop1234'],
  ['git clone https://user:pass1@example.org/x && python t.py', 'user:pass1'],
  ['python t.py ghp_abcdefghijklmnopqrstuvwxyz', 'ghp_abcdefghijklmnopqrstuvwxyz'],
  ['python t.py AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  ['wandb login 0123456789abcdef0123456789abcdef01234567', '0123456789abcdef0123456789abcdef01234567'],
  ['curl -H "Authorization: Bearer qwertz"', 'qwertz'],
  ['python t.py eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4', 'SflKxwRJSMeKKF2QT4'],
];

for (const [command, secret] of planted) {
  test(`the secret is gone from: ${command}`, () => {
    const masked = maskSecrets(command);
    assert.ok(!masked.includes(secret), masked);
    assert.ok(masked.includes(mask), masked);
  });
}

test('ordinary commands stay as they are', () => {
  for (const command of [
    'python train.py --epochs 3 --lr=1e-4',
    'python tokenizer.py --max-tokens 5 --keyboard us',
    'torchrun --nproc-per-node 2 "my train.py" --out /data/monkey',
    'python secret_santa.py',
  ])
    assert.equal(maskSecrets(command), command);
});

test('a long line takes no noticeable time', () => {
  const fromMs = performance.now();
  maskSecrets('--token '.repeat(20_000) + 'a'.repeat(2_000_000) + '='.repeat(100_000));
  assert.ok(performance.now() - fromMs < 2000);
});
