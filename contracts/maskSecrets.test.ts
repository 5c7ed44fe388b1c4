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
  ['PGPASSWORD=abcx python t.py', 'abcx'],
  ['DBPASSWORD=abcx python t.py', 'abcx'],
  ['MY_SECRETS=abcx python t.py', 'abcx'],
  ['python t.py --hfToken abcx', 'abcx'],
  ['python t.py --hfToken=abcx', 'abcx'],
  ['python t.py --openaiAPIKey abcx', 'abcx'],
  ['python t.py +trainer.token=abcx', 'abcx'],
  ['python t.py ++x.password=zqz', 'zqz'],
  ['python t.py ~x.key=1q1', '1q1'],
  [`python -c "login(token='abcdefgh')"`, 'abcdefgh'],
  ['python -c "login(token=\\"abc defgh\\")" --x 1', 'defgh'],
  [`python -c 'os.environ["HF_TOKEN"] = "abc defgh"'`, 'defgh'],
  ['curl --header="Authorization: Bearer zzq"', 'zzq'],
  ['curl -H "Proxy-Authorization: Basic zzq" x', 'zzq'],
  ['curl -H X-Api-Key: zzq', 'zzq'],
  ['python t.py token:abcx', 'abcx'],
  [`python t.py '{"token": "abcx"}'`, 'abcx'],
  ['python t.py --token abc\\ defx', 'defx'],
  ['python t.py --password=abc"de fgx"', 'fgx'],
  ['bash -c "python t.py --token abcx && ls"', 'abcx'],
  ['python t.py --url https://user:p@ssx@host/x', 'ssx'],
  ['python t.py https://host/x?access_token=abcx', 'abcx'],
  [`sh -c "run(['--api-key', 'abcx'])"`, 'abcx'],
  ['API_KEY_PROD=abcx python t.py', 'abcx'],
  [`python -c "it's" --token abcx`, 'abcx'],
  ['python t.py --token "abcx never closed', 'closed'],
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
    'python t.py --tokenizer gpt2 --key-frames 3 --num-key-value-heads 8 --token-budget=9',
    'python monkey.py --monkey=3 --skip-special-tokens True --use-auth-token --epochs 3',
    'HF_TOKEN= python t.py',
    'PWD=/home/me python t.py',
    `python -c "print('it is', 3)" --out C:\\data https://host/x`,
  ])
    assert.equal(maskSecrets(command), command);
});

test('a long line takes no noticeable time', () => {
  const fromMs = performance.now();
  for (const text of [
    '--token '.repeat(20_000) + 'a'.repeat(2_000_000) + '='.repeat(100_000),
    'token=" '.repeat(50_001),
    `"${"token=' ".repeat(50_001)}`,
    'a-'.repeat(300_000),
    '\\"'.repeat(300_000),
    'x://'.repeat(20_000),
  ])
    maskSecrets(text);
  assert.ok(performance.now() - fromMs < 2000);
});
