import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayStartProgram, quoteArgument } from './commandLine.ts';

test('everyday shell commands are left alone', () => {
  for (const command of ['ls -la', 'cd /tmp && ls', '  git status', 'nvidia-smi', 'ps | grep x; clear', '']) {
    assert.equal(mayStartProgram(command), false, command);
  }
});

test('programs, wrappers and launchers are followed', () => {
  for (const command of [
    'python train.py',
    'CUDA_VISIBLE_DEVICES=1 python3 -m pkg.train --lr 1e-3',
    './run.sh',
    'torchrun --nproc_per_node 2 train.py',
    'nohup python train.py &',
    'uv run train.py',
    'cd nanoGPT && python train.py',
    'source .venv/bin/activate; python train.py',
    'export CUDA_VISIBLE_DEVICES=1\npython train.py',
    '(cd run; ./train.sh) | tee log',
  ]) {
    assert.equal(mayStartProgram(command), true, command);
  }
});

test('an argument reaches the program as it is', () => {
  assert.equal(quoteArgument('/home/me/train.py', 'posix'), '/home/me/train.py');
  assert.equal(quoteArgument("it's $HOME; rm -rf", 'posix'), `'it'\\''s $HOME; rm -rf'`);
  assert.equal(quoteArgument("it's", 'powershell'), "'it''s'");
});
