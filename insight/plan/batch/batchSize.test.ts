import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchSizeOf } from './batchSize.ts';

const cases: readonly [command: string, gpus: number, size: number | undefined][] = [
  ['python train.py --batch-size 32', 1, 32],
  ['python train.py --batch_size=64 --epochs 3', 1, 64],
  ['python train.py --batch_size=64 --epochs 3', 2, undefined],
  ['python run_clm.py --per_device_train_batch_size 8 --gradient_accumulation_steps 4', 2, 64],
  ['python train.py --train_batch_size 512 --micro_batch_size 4', 8, 32],
  ['deepspeed train.py --train_batch_size 512', 8, undefined],
  ['python train.py data.batch_size=16 trainer.max_epochs=2', 1, 16],
  ['torchrun --nproc_per_node 4 train.py -bs 12', 1, 12],
  ['python train.py --global_batch_size 256 --gradient_accumulation_steps 8', 4, 256],
  ['python train.py', 1, undefined],
  ['python train.py --batch-size auto', 1, undefined],
  ['python train.py --batch-size 0', 1, undefined],
  ['python train.py --batch_size 8 --val.batch_size 32', 1, undefined],
  ['python train.py --notbatch 8 --batch_sampler 3', 1, undefined],
];

for (const [command, gpus, size] of cases)
  test(`${command} on ${gpus} GPU${gpus === 1 ? '' : 's'}: ${size ?? 'not told'}`, () => {
    assert.equal(batchSizeOf(command, gpus), size);
  });
