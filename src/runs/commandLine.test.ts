import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandAfterOutput, leavesBackground, mayStartProgram, quoteArgument } from './commandLine.ts';

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

test('a program left in the background is told from other ampersands', () => {
  for (const command of [
    'python3 train.py &',
    'nohup ./a.sh > log 2>&1 & tail log',
    'cd x && ./run.sh&',
    'bg %1',
  ])
    assert.equal(leavesBackground(command), true, command);
  for (const command of [
    'cd x && python train.py',
    './a.sh 2>&1 | tee log',
    './a.sh &> log',
    "curl 'a?b&c'",
    'ls bg',
  ])
    assert.equal(leavesBackground(command), false, command);
});

test('what a program in the background printed at the prompt is no part of the command', () => {
  const printed = "och 1: 100%|###| 8/8 [00:04<00:00]\nEpoch 1: loss 1.9 (it's best), done\n";
  for (const command of [
    'python3 train.py',
    `bash -c 'bash -c "python3 train.py"; true'`,
    'cd torch && ../wrapper.sh',
    'python3 train.py \\\n  --epochs 1',
    'for lr in 1e-3 1e-4\ndo python3 train.py --lr $lr\ndone',
    'if test -f a.pt\nthen\n  python3 train.py\nfi',
    '(\ncd run\n./train.sh\n) | tee log',
    `python3 -c '\nimport train\ntrain.main()'`,
  ]) {
    assert.equal(commandAfterOutput(command), command);
    assert.equal(commandAfterOutput(printed + command), command);
  }
  assert.equal(commandAfterOutput('one line'), 'one line');
  assert.equal(commandAfterOutput('fi\ndone'), 'fi\ndone');
});

test('an argument reaches the program as it is', () => {
  assert.equal(quoteArgument('/home/me/train.py', 'posix'), '/home/me/train.py');
  assert.equal(quoteArgument("it's $HOME; rm -rf", 'posix'), `'it'\\''s $HOME; rm -rf'`);
  assert.equal(quoteArgument("it's", 'powershell'), "'it''s'");
});
