/**
 * Terminal output for tests: programs that count steps, and programs that print numbers and count none. Written
 * after the formats of the programs named; the figures in them are made up.
 */

export interface CountingSample {
  readonly name: string;
  readonly text: string;
  readonly count: number;
  readonly total: number | null;
}

const lines = (...parts: readonly string[]): string => `${parts.join('\n')}\n`;
const updates = (...parts: readonly string[]): string => `\r${parts.join('\r')}`;
const esc = '\u001b';

/** Twice 40 steps of a bar that starts again; the last lines of an epoch are not printed. */
const twoEpochs = (bar: (epoch: number, done: number) => string): string =>
  updates(...[0, 1].flatMap((epoch) => [1, 14, 27, 38].map((done) => bar(epoch, done))));

export const counting: readonly CountingSample[] = [
  {
    name: 'tqdm',
    text: updates(
      '  0%|          | 0/300 [00:00<?, ?it/s]',
      '  4%|▍         | 12/300 [00:05<02:01,  2.31it/s]',
      '  5%|▍         | 14/300 [00:06<02:00,  2.31it/s, loss=2.31]',
    ),
    count: 14,
    total: 300,
  },
  {
    name: 'tqdm, slow steps',
    text: updates('  4%|▍  | 1/25 [00:02<00:52,  2.20s/it]', '  8%|▊  | 2/25 [00:04<00:50,  2.21s/it]'),
    count: 2,
    total: 25,
  },
  {
    name: 'tqdm without a total',
    text: updates('1it [00:00, 12.10it/s]', '120it [00:05, 23.10it/s]'),
    count: 120,
    total: null,
  },
  {
    name: 'tqdm in ASCII with a description and colours',
    text: `${esc}[32mtrain:   4%|4         | 12/300 [00:05<02:01,  2.31it/s]${esc}[0m\n`,
    count: 12,
    total: 300,
  },
  {
    name: 'tqdm over hours',
    text: updates('Steps:  40%|████      | 40001/100000 [10:05:31<15:08:10,  1.10it/s, lr=1e-5, loss=0.04]'),
    count: 40001,
    total: 100000,
  },
  {
    name: 'nested bars, epochs outside',
    text: [0, 1]
      .flatMap((epoch) => [
        `\rEpochs:  ${epoch * 50}%|██  | ${epoch}/2 [00:10<00:10, 10.00s/it]`,
        ...[0, 20, 40].map(
          (done) => `\n\r  batches: ${done}%|███  | ${done}/40 [00:04<00:04,  9.10it/s]${esc}[A`,
        ),
      ])
      .join(''),
    count: 80,
    total: null,
  },
  {
    name: 'nested bars without descriptions',
    text: [0, 1]
      .flatMap((epoch) => [
        `\r ${epoch * 50}%|██  | ${epoch}/2 [00:10<00:10, 10.00s/it]`,
        ...[0, 20, 40].map((done) => `\n\r ${done}%|███  | ${done}/40 [00:04<00:04,  9.10it/s]${esc}[A`),
      ])
      .join(''),
    count: 80,
    total: null,
  },
  {
    name: 'Lightning, the count starting again each epoch',
    text: twoEpochs(
      (epoch, done) =>
        `Epoch ${epoch}:  45%|████▌     | ${done}/40 [00:05<00:06, 82.10it/s, v_num=3, train_loss=0.31]`,
    ),
    count: 78,
    total: null,
  },
  {
    name: 'Lightning with its validation bars',
    text: updates(
      'Sanity Checking DataLoader 0: 100%|██████████| 2/2 [00:00<00:00, 50.10it/s]',
      'Epoch 0:  50%|█████     | 20/40 [00:05<00:05,  4.00it/s, v_num=3]',
      'Validation DataLoader 0:  50%|█████     | 100/200 [00:05<00:05, 20.00it/s]',
      'Validation DataLoader 0: 100%|██████████| 200/200 [00:10<00:00, 20.00it/s]',
      'Epoch 0: 100%|██████████| 40/40 [00:10<00:00,  4.00it/s, v_num=3]',
    ),
    count: 40,
    total: 40,
  },
  {
    name: 'Lightning’s rich bar',
    text: lines(
      'Epoch 0/9  ━━━━━━━━━╸━━━━━━━━━━ 422/938 0:00:05 • 0:00:06 82.10it/s v_num: 3.000',
      'Epoch 0/9  ━━━━━━━━━━━╸━━━━━━━━ 500/938 0:00:06 • 0:00:05 82.10it/s v_num: 3.000',
    ),
    count: 500,
    total: 9 * 938,
  },
  {
    name: 'the Hugging Face Trainer with its log lines',
    text: lines(
      ' 10%|█         | 10/100 [00:05<00:45,  2.00it/s]',
      "{'loss': 2.3124, 'grad_norm': 1.21, 'learning_rate': 4.5e-05, 'epoch': 0.1}",
      ' 20%|██        | 20/100 [00:10<00:40,  2.00it/s]',
      "{'eval_loss': 2.1, 'eval_runtime': 3.2, 'eval_samples_per_second': 31.2, 'epoch': 0.2}",
      ' 100%|██████████| 13/13 [00:03<00:00,  4.00it/s]',
      ' 30%|███       | 30/100 [00:18<00:35,  2.00it/s]',
    ),
    count: 30,
    total: 100,
  },
  {
    name: 'the Hugging Face Trainer in a notebook',
    text: lines(
      ' [ 11/300 00:05 < 02:01, 2.31 it/s, Epoch 0.1/3]',
      ' [ 12/300 00:05 < 02:01, 2.31 it/s, Epoch 0.1/3]',
    ),
    count: 12,
    total: 300,
  },
  {
    name: 'torchtune',
    text: updates(
      '1|11|Loss: 2.3391:   9%|▉         | 11/120 [00:11<01:49,  1.00s/it]',
      '1|12|Loss: 2.3102:  10%|█         | 12/120 [00:12<01:48,  1.00s/it]',
    ),
    count: 12,
    total: 120,
  },
  {
    name: 'Ultralytics',
    text: updates(
      '      1/100      4.20G      1.213      2.310       1.20         31        640:  44%|████▍     | 12/27 [00:05<00:06,  2.50it/s]',
      '      1/100      4.20G      1.213      2.290       1.20         28        640: 100%|██████████| 27/27 [00:10<00:00,  2.50it/s]',
      '                 Class     Images  Instances      Box(P          R: 100%|██████████| 4/4 [00:01<00:00,  3.10it/s]',
      '      2/100      4.20G      1.113      2.110       1.10         25        640:   4%|▍         | 1/27 [00:00<00:10,  2.50it/s]',
    ),
    count: 28,
    total: null,
  },
  {
    name: 'Composer',
    text: updates(
      'train          Epoch   0:   10%|██▌                      | 12/120ba [00:05<00:45,  2.31ba/s, loss/train/total=2.30]',
      'train          Epoch   0:   11%|██▊                      | 13/120ba [00:06<00:45,  2.31ba/s, loss/train/total=2.30]',
    ),
    count: 13,
    total: 120,
  },
  {
    name: 'Keras 3',
    text: `Epoch 1/5\n${updates(
      `${esc}[1m120/938${esc}[0m ${esc}[32m━━${esc}[0m${esc}[37m━━━━━━━━━━━━━━━━━━${esc}[0m ${esc}[1m5s${esc}[0m 6ms/step - accuracy: 0.8012 - loss: 0.6231`,
      `${esc}[1m938/938${esc}[0m ${esc}[32m━━━━━━━━━━━━━━━━━━━━${esc}[0m${esc}[37m${esc}[0m ${esc}[1m7s${esc}[0m 7ms/step - accuracy: 0.9012 - loss: 0.3231`,
    )}\nEpoch 2/5\n${updates(
      `${esc}[1m60/938${esc}[0m ${esc}[32m━${esc}[0m${esc}[37m━━━━━━━━━━━━━━━━━━━${esc}[0m ${esc}[1m5s${esc}[0m 6ms/step - accuracy: 0.9112 - loss: 0.2931`,
    )}\n`,
    count: 998,
    total: 5 * 938,
  },
  {
    name: 'Keras 2',
    text: `Epoch 1/5\n${updates(
      '120/938 [==>...........................] - ETA: 5s - loss: 2.3012',
      '938/938 [==============================] - 6s 6ms/step - loss: 0.3012',
    )}\n`,
    count: 938,
    total: 5 * 938,
  },
  {
    name: 'Keras, one line an epoch',
    text: lines(
      'Epoch 1/3',
      '938/938 - 5s - 5ms/step - accuracy: 0.8801 - loss: 0.4121',
      'Epoch 2/3',
      '938/938 - 4s - 4ms/step - accuracy: 0.9101 - loss: 0.3121',
    ),
    count: 1876,
    total: 3 * 938,
  },
  {
    name: 'a bare step line',
    text: lines('step 12/300', 'step 13/300'),
    count: 13,
    total: 300,
  },
  {
    name: 'nanoGPT',
    text: lines(
      'step 0: train loss 10.8201, val loss 10.8195',
      'iter 0: loss 10.8190, time 2032.12ms, mfu -100.00%',
      'iter 1190: loss 3.1190, time 132.12ms, mfu 31.10%',
      'iter 1200: loss 3.1090, time 131.12ms, mfu 31.12%',
    ),
    count: 1200,
    total: null,
  },
  {
    name: 'brackets of epoch and batch',
    text: lines(
      '[Epoch 1] [120/938] loss 0.31',
      '[Epoch 1] [180/938] loss 0.29',
      '[Epoch 2] [60/938] loss 0.2',
    ),
    count: 240,
    total: null,
  },
  {
    name: 'epoch and pair',
    text: lines('Epoch 3 … 40/200', 'Epoch 3 … 80/200'),
    count: 80,
    total: 200,
  },
  {
    name: 'the ImageNet example',
    text: lines(
      'Epoch: [0][   1/5005]\tTime  0.312 ( 0.612)\tData  0.010 ( 0.211)\tLoss 6.9102e+00 (6.9312e+00)',
      'Epoch: [0][  11/5005]\tTime  0.312 ( 0.312)\tData  0.010 ( 0.021)\tLoss 6.9002e+00 (6.9212e+00)',
    ),
    count: 11,
    total: 5005,
  },
  {
    name: 'epoch, step and loss in brackets',
    text: lines(
      'Epoch [1/5], Step [100/600], Loss: 0.4312',
      'Epoch [1/5], Step [600/600], Loss: 0.2312',
      'Epoch [2/5], Step [100/600], Loss: 0.2112',
    ),
    count: 700,
    total: 3000,
  },
  {
    name: 'epoch and batch with words',
    text: lines('Epoch 1/10, Batch 120/938, Loss: 0.31', 'Epoch 1/10, Batch 130/938, Loss: 0.30'),
    count: 130,
    total: 9380,
  },
  {
    name: 'timm',
    text: lines(
      'Train: 0 [   0/1251 (  0%)]  Loss: 6.95 (6.95)  Time: 2.010s,  127.31/s  LR: 1.000e-05',
      'Train: 0 [  50/1251 (  4%)]  Loss: 6.93 (6.94)  Time: 0.310s,  825.31/s  LR: 1.000e-05',
    ),
    count: 50,
    total: 1251,
  },
  {
    name: 'fairseq',
    text: lines(
      '2024-02-01 10:00:01 | INFO | train_inner | epoch 001:    110 / 938 loss=9.312, ppl=636.1, wps=31000, num_updates=110',
      '2024-02-01 10:00:05 | INFO | train_inner | epoch 001:    120 / 938 loss=9.112, ppl=551.1, wps=31000, num_updates=120',
    ),
    count: 120,
    total: 938,
  },
  {
    name: 'Megatron-LM',
    text: lines(
      ' [2024-02-01 10:00:01] iteration       99/    500 | consumed samples:         6336 | elapsed time per iteration (ms): 512.1 | lm loss: 7.91E+00 |',
      ' [2024-02-01 10:00:02] iteration      100/    500 | consumed samples:         6400 | elapsed time per iteration (ms): 511.9 | lm loss: 7.90E+00 |',
    ),
    count: 100,
    total: 500,
  },
  {
    name: 'mmengine',
    text: lines(
      '02/01 10:00:01 - mmengine - INFO - Epoch(train) [1][  50/1000]  lr: 1.0000e-02  eta: 0:10:00  time: 0.3012  loss: 1.2100',
      '02/01 10:00:16 - mmengine - INFO - Epoch(train) [1][ 100/1000]  lr: 1.0000e-02  eta: 0:09:50  time: 0.3002  loss: 1.1100',
      '02/01 10:00:20 - mmengine - INFO - Epoch(val) [1][ 10/20]  eta: 0:00:01  time: 0.1002',
    ),
    count: 100,
    total: 1000,
  },
  {
    name: 'detectron2',
    text: lines(
      '[02/01 10:00:01 d2.utils.events]:  eta: 1:10:00  iter: 1159  total_loss: 0.351  loss_cls: 0.09  time: 0.2012  lr: 0.01',
      '[02/01 10:00:05 d2.utils.events]:  eta: 1:09:50  iter: 1179  total_loss: 0.341  loss_cls: 0.08  time: 0.2010  lr: 0.01',
    ),
    count: 1179,
    total: null,
  },
  {
    name: 'DeepSpeed',
    text: lines(
      '[2024-02-01 10:00:01,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=90, skipped=0, lr=[1e-05], mom=[[0.9, 0.999]]',
      '[2024-02-01 10:00:09,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=100, skipped=0, lr=[1e-05], mom=[[0.9, 0.999]]',
    ),
    count: 100,
    total: null,
  },
  {
    name: 'torchtitan in colour',
    text: lines(
      `[titan] 2024-02-01 10:00:01,123 - root - INFO - ${esc}[31mstep: 10  ${esc}[32mloss:  7.1021  ${esc}[33mmemory: 30.12GiB(38.1%)  ${esc}[34mtps: 6,312  ${esc}[35mmfu: 41.20%${esc}[0m`,
      `[titan] 2024-02-01 10:00:09,123 - root - INFO - ${esc}[31mstep: 20  ${esc}[32mloss:  6.1021  ${esc}[33mmemory: 30.12GiB(38.1%)  ${esc}[34mtps: 6,312  ${esc}[35mmfu: 41.20%${esc}[0m`,
    ),
    count: 20,
    total: null,
  },
  {
    name: 'MaxText',
    text: lines(
      'completed step: 11, seconds: 0.312, TFLOP/s/device: 180.1, Tokens/s/device: 13100.1, total_weights: 65536, loss: 9.112',
      'completed step: 12, seconds: 0.311, TFLOP/s/device: 180.2, Tokens/s/device: 13101.1, total_weights: 65536, loss: 9.012',
    ),
    count: 12,
    total: null,
  },
  {
    name: 'llm.c',
    text: lines(
      'step   11/74 | loss 7.102132 | norm 3.1012 | lr 3.00e-04 | 81.21 ms | 40.1% bf16 MFU | 50432 tok/s',
      'step   12/74 | loss 7.002132 | norm 3.0012 | lr 3.00e-04 | 81.11 ms | 40.1% bf16 MFU | 50432 tok/s',
    ),
    count: 12,
    total: 74,
  },
  {
    name: 'a TensorFlow estimator',
    text: lines(
      'INFO:tensorflow:loss = 2.3102, step = 100 (3.201 sec)',
      'INFO:tensorflow:global_step/sec: 31.2',
      'INFO:tensorflow:loss = 2.1102, step = 200 (3.101 sec)',
    ),
    count: 200,
    total: null,
  },
  {
    name: 'PaddlePaddle',
    text: lines(
      'global step 90, epoch: 1, batch: 89, loss: 0.51230, speed: 3.11 step/s',
      'global step 100, epoch: 1, batch: 99, loss: 0.50230, speed: 3.12 step/s',
    ),
    count: 100,
    total: null,
  },
  {
    name: 'MXNet',
    text: lines(
      'INFO:root:Epoch[0] Batch [100]\tSpeed: 1204.12 samples/sec\taccuracy=0.501250',
      'INFO:root:Epoch[0] Batch [200]\tSpeed: 1204.12 samples/sec\taccuracy=0.551250',
    ),
    count: 200,
    total: null,
  },
  {
    name: 'Flax',
    text: lines(
      'I0201 10:00:01.123456 140231 logging_writer.py:48] [90] learning_rate=0.01, loss=2.3102, steps_per_second=10.1',
      'I0201 10:00:02.123456 140231 logging_writer.py:48] [100] learning_rate=0.01, loss=2.2102, steps_per_second=10.1',
    ),
    count: 100,
    total: null,
  },
  {
    name: 'fastai',
    text: updates(
      'Epoch 1/3 : |██████████████----------------| 45.00% [9/20 00:05<00:06 0.3102]',
      'Epoch 1/3 : |███████████████---------------| 50.00% [10/20 00:05<00:06 0.3002]',
    ),
    count: 10,
    total: 60,
  },
  {
    name: 'rich, saying what it counts',
    text: lines('Training ━━━━━━━━━━━━━━━━ 119/300 0:00:05', 'Training ━━━━━━━━━━━━━━━━ 120/300 0:00:05'),
    count: 120,
    total: 300,
  },
];

export const silent: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: 'a Hugging Face download',
    text: updates(
      'model.safetensors:  45%|████▌     | 440M/975M [00:05<00:06, 82.1MB/s]',
      'Downloading (…)lve/main/config.json: 100%|██████████| 571/571 [00:00<00:00, 312kB/s]',
      'Fetching 11 files:  45%|████▌     | 5/11 [00:05<00:06,  1.01it/s]',
    ),
  },
  {
    name: 'loading checkpoint shards',
    text: updates('Loading checkpoint shards:  67%|██████▋   | 2/3 [00:05<00:02,  2.81s/it]'),
  },
  {
    name: 'mapping a data set',
    text: updates(
      'Map:  45%|████▌     | 4500/10000 [00:05<00:06, 900.12 examples/s]',
      'Tokenizing train (num_proc=8):  45%|████▌     | 45/100 [00:05<00:06,  9.01it/s]',
      'Generating train split: 25000 examples [00:01, 20100.12 examples/s]',
    ),
  },
  {
    name: 'pip',
    text: `${lines('Collecting torch==2.6.0', '  Downloading torch-2.6.0-cp312-cp312-manylinux1_x86_64.whl (766.6 MB)')}${updates(
      '     ━━━━━━━━━━━━━━━╸━━━━━━━━━━━━━━━━━━━━━━━━ 302.1/766.6 MB 82.1 MB/s eta 0:00:06',
      '     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 766.6/766.6 MB 82.1 MB/s eta 0:00:00',
    )}`,
  },
  {
    name: 'wget',
    text: updates(
      'data.tar.gz          45%[=======>            ]  45.10M  12.1MB/s    eta 5s',
      'data.tar.gz         100%[===================>] 100.10M  12.1MB/s    in 8.1s',
    ),
  },
  {
    name: 'curl',
    text: updates(' 45  100M   45 45.1M    0     0  12.1M      0  0:00:08  0:00:03  0:00:05 12.1M'),
  },
  {
    name: 'git clone',
    text: updates(
      'remote: Counting objects: 100% (312/312), done.',
      'Receiving objects:  45% (1404/3120), 1.21 MiB | 2.41 MiB/s',
      'Resolving deltas:  45% (404/901)',
    ),
  },
  {
    name: 'docker build',
    text: lines(
      'Step 1/12 : FROM python:3.12',
      ' ---> 0a1b2c3d4e5f',
      'Step 2/12 : RUN pip install torch',
      'Step 3/12 : COPY . /app',
    ),
  },
  {
    name: 'docker buildx',
    text: lines(
      '#5 [2/7] RUN apt-get update',
      '#5 0.412 Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]',
      '#6 [3/7] COPY . .',
    ),
  },
  {
    name: 'ninja',
    text: lines(
      '[11/300] Building CXX object src/CMakeFiles/core.dir/a.cpp.o',
      '[12/300] Building CXX object src/CMakeFiles/core.dir/b.cpp.o',
    ),
  },
  {
    name: 'make and cmake',
    text: lines('[  4%] Building CXX object CMakeFiles/x.dir/main.cpp.o', '[  8%] Linking CXX executable x'),
  },
  {
    name: 'pytest',
    text: lines(
      'collected 312 items',
      'tests/test_model.py ........ss..                    [ 12%]',
      '=== 310 passed, 2 skipped in 12.31s ===',
    ),
  },
  {
    name: 'dates and times',
    text: lines(
      '2024-02-01 10:00:01 started',
      '01/02/2024 10:00:01 INFO ready',
      'Thu Feb  1 10:00:01 UTC 2024',
      'Elapsed 1:02:03',
    ),
  },
  {
    name: 'prose with fractions',
    text: lines(
      'Only 1/2 of the batch fits into memory, so 2/3 of the steps are skipped.',
      'Step 1: install the dependencies. Step 2: run 3/4 of the examples.',
      'The 3 steps above took 12/300 tries.',
      'See step 3 of 5 in the guide (24/7 support).',
    ),
  },
  {
    name: 'an installer that says its steps',
    text: lines('Step 1/3: Checking the system', 'Step 2/3: Copying files', 'Step 3/3: Done'),
  },
  {
    name: 'the bar of a batch of prompts',
    text: lines(
      'Processed prompts:  45%|████▌     | 45/100 [00:05<00:06,  9.01it/s, est. speed input: 312.11 toks/s]',
    ),
  },
  {
    name: 'nvidia-smi',
    text: lines(
      '| N/A   34C    P0             112W /  700W |   9012MiB /  81559MiB |     45%      Default |',
      '|    0   N/A  N/A    312312      C   python                                     9002MiB |',
    ),
  },
  {
    name: 'npm and a web server',
    text: lines(
      'added 312 packages in 12s',
      '12 packages are looking for funding',
      'GET /api/v1/items/12 200 3.123 ms - 300',
      'vite v5.1.0 dev server running at http://127.0.0.1:5173/',
    ),
  },
  {
    name: 'a Python traceback',
    text: lines(
      'Traceback (most recent call last):',
      '  File "train.py", line 88, in <module>',
      '    step(12/300)',
      'ZeroDivisionError: division by zero',
    ),
  },
  {
    name: 'evaluation alone',
    text: updates(
      'Evaluating:  45%|████▌     | 45/100 [00:05<00:06,  9.01it/s]',
      'eval step 46/100 loss 0.31',
      'test: 47/100 [00:05<00:06,  9.01it/s]',
    ),
  },
  {
    name: 'apt-get',
    text: lines(
      'Get:1 http://deb.debian.org/debian bookworm/main amd64 git amd64 1:2.39.5 [7,256 kB]',
      'Fetched 47.1 MB in 3s (15.1 MB/s)',
      '(Reading database ... 45%',
    ),
  },
];
