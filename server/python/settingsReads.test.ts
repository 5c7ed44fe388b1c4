/** Settings that a script reads from a file it names. Asked of `num_workers` of a loader. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parser } from '../../test/rules/checking.ts';
import { resolveArgument } from './arguments.ts';
import type { Program } from './program.ts';
import { Project } from './project/project.ts';

const head = `import argparse
import json
import hydra
import yaml
from easydict import EasyDict
from omegaconf import OmegaConf
from torch.utils.data import DataLoader


`;

type Texts = Readonly<Record<string, string>>;

function projectOf(texts: Texts): Project {
  const all = new Map(Object.entries(texts).map(([path, text]) => [`/p/${path}`, text]));
  return new Project(parser, {
    text: (path) => all.get(path),
    root: () => '/p',
    callers: ['/p/tools/train.py'],
    frozen: true,
  });
}

/** `2`, `2 unless told otherwise`, `some value`, `not set` or `unknown`. */
function workers(lines: string, files: Texts): string {
  const read = (program: Program): string => {
    const [call] = program.callsTo('torch.utils.data.DataLoader');
    assert.ok(call, `no loader in:\n${lines}`);
    const found = resolveArgument(program, call, 'num_workers', 5);
    if (found.state === 'notSet') return 'not set';
    if (found.state === 'unknown') return 'unknown';
    const { constant, overridable } = found.value;
    if (constant === undefined) return 'some value';
    return overridable ? `${constant} unless told otherwise` : `${constant}`;
  };
  const project = projectOf({ 'tools/train.py': `${head}${lines}\n`, ...files });
  return project.outcome('/p/tools/train.py', 'workers', read) ?? 'no analysis';
}

const yaml = 'data:\n  workers: 2\nloader: {batch_size: 8, num_workers: 0}\nplain: {batch_size: 8}\n';
const load = 'with open("conf/train.yaml") as f:\n    cfg = yaml.safe_load(f)\n';
const loader = 'DataLoader(data, num_workers=cfg["data"]["workers"])';
const two = '2 unless told otherwise';

const cases: Readonly<Record<string, string>> = {
  [`${load}${loader}`]: two,
  [`cfg = yaml.load(open("conf/train.yaml", "r"), Loader=yaml.FullLoader)\n${loader}`]: two,
  [`cfg = yaml.safe_load(open("./conf/train.yaml"))\n${loader}`]: two,
  [`${load}DataLoader(data, **cfg["loader"])`]: '0 unless told otherwise',
  [`${load}DataLoader(data, **cfg["plain"])`]: 'not set',
  [`${load}DataLoader(data, num_workers=cfg["data"].get("workers", 4))`]: two,
  [`${load}DataLoader(data, num_workers=cfg["data"].get("others", 4))`]: '4',
  [`${load}cfg["data"] = settings()\n${loader}`]: 'some value',
  [`${load}cfg = EasyDict(cfg)\nDataLoader(data, num_workers=cfg.data.workers)`]: two,
  'def read(path):\n    with open(path) as f:\n        return yaml.safe_load(f)\ncfg = read("conf/train.yaml")\nDataLoader(data, num_workers=cfg["data"]["workers"])':
    two,
  'parser = argparse.ArgumentParser()\nparser.add_argument("--config", default="conf/train.yaml")\nargs = parser.parse_args()\ncfg = OmegaConf.load(args.config)\nDataLoader(data, num_workers=cfg.data.workers)':
    two,
  'parser = argparse.ArgumentParser()\nparser.add_argument("--config", default="conf/train.yaml")\nargs = parser.parse_args()\ncfg = OmegaConf.load(args.config)\nDataLoader(data, num_workers=cfg.get("workers", 4))':
    'some value',
  'cfg = OmegaConf.load("conf/train.yaml")\nDataLoader(data, num_workers=cfg.data.workers)': two,
  'cfg = OmegaConf.merge(OmegaConf.load("conf/train.yaml"), OmegaConf.from_cli())\nDataLoader(data, num_workers=cfg.data.workers)':
    two,
  'cfg = OmegaConf.merge(OmegaConf.load("conf/train.yaml"), OmegaConf.load("conf/more.yaml"))\nDataLoader(data, num_workers=cfg.data.workers)':
    '6 unless told otherwise',
  'cfg = OmegaConf.merge(OmegaConf.load("conf/train.yaml"), settings())\nDataLoader(data, num_workers=cfg.data.workers)':
    'some value',
  'cfg = json.load(open("conf/train.json"))\nDataLoader(data, num_workers=cfg["workers"])':
    '3 unless told otherwise',
  // Paths.
  [`cfg = yaml.safe_load(open("beside.yaml"))\nDataLoader(data, num_workers=cfg["workers"])`]:
    '5 unless told otherwise',
  [`cfg = yaml.safe_load(open("../conf/train.yaml"))\n${loader}`]: two,
  [`cfg = yaml.safe_load(open("twice.yaml"))\nDataLoader(data, num_workers=cfg["workers"])`]: 'some value',
  [`cfg = yaml.safe_load(open("../../outside.yaml"))\nDataLoader(data, num_workers=cfg["workers"])`]:
    'some value',
  [`cfg = yaml.safe_load(open("/p/conf/train.yaml"))\n${loader}`]: 'some value',
  [`cfg = yaml.safe_load(open("conf/none.yaml"))\n${loader}`]: 'some value',
  [`cfg = yaml.safe_load(open(path))\n${loader}`]: 'some value',
  // What the file does not say.
  [`cfg = yaml.safe_load(open("conf/broken.yaml"))\n${loader}`]: 'some value',
  [`cfg = yaml.safe_load(open("conf/tags.yaml"))\n${loader}`]: 'some value',
  [`cfg = yaml.safe_load(open("conf/later.yaml"))\n${loader}`]: 'some value',
  [`cfg = yaml.safe_load(open("conf/anchors.yaml"))\n${loader}`]: two,
  // Hydra.
  '@hydra.main(config_path="../conf", config_name="main")\ndef main(cfg):\n    DataLoader(data, num_workers=cfg.data.workers)\nmain()':
    '7 unless told otherwise',
  '@hydra.main(version_base=None, config_path="../conf", config_name="main.yaml")\ndef main(cfg):\n    DataLoader(data, num_workers=cfg.epochs)\nmain()':
    '9 unless told otherwise',
  '@hydra.main(config_path="../conf", config_name="main")\ndef main(cfg):\n    DataLoader(data, num_workers=cfg.model.workers)\nmain()':
    'some value',
  '@hydra.main(config_path="../conf", config_name="main")\ndef main(cfg):\n    DataLoader(data, **cfg.other)\nmain()':
    'unknown',
};

const files: Texts = {
  'conf/train.yaml': yaml,
  'conf/more.yaml': 'data: {workers: 6}\n',
  'conf/train.json': '{"workers": 3}',
  'tools/beside.yaml': 'workers: 5\n',
  'tools/twice.yaml': 'workers: 5\n',
  'twice.yaml': 'workers: 5\n',
  'conf/broken.yaml': 'data: {workers: 2\n',
  'conf/tags.yaml': 'data: {workers: 2, size: !!python/tuple [1, 2]}\n',
  'conf/later.yaml': 'data: {workers: "\\u0024{cpus}"}\n',
  'conf/anchors.yaml': 'base: &base {workers: 2}\ndata: {<<: *base, size: 1}\n',
  'conf/main.yaml': 'defaults:\n  - common\n  - data: images\n  - model: none\n  - _self_\nepochs: 9\n',
  'conf/common.yaml': 'epochs: 3\n',
  'conf/data/images.yaml': 'workers: 7\n',
};

for (const [lines, expected] of Object.entries(cases))
  test(`${expected}: ${lines.replaceAll('\n', ' ⏎ ')}`, () => {
    assert.equal(workers(lines, files), expected);
  });

test('a file that unfolds to millions of values is not read, nor one with thousands of merges', () => {
  const anchors = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]\n`);
  const bomb = `workers: 2\na0: &a0 [1, 2, 3]\n${anchors.join('')}`;
  const merges = `base: &base {workers: 2}\nworkers: 2\nall:\n${'  - {<<: *base}\n'.repeat(2_000)}`;
  const begin = process.cpuUsage();
  for (const text of [
    bomb,
    merges,
    `workers: 2\nx: ${'['.repeat(40_000)}\n`,
    `workers: 2\n# ${'x'.repeat(1e6)}\n`,
  ])
    assert.equal(
      workers('cfg = yaml.safe_load(open("big.yaml"))\nDataLoader(data, num_workers=cfg["workers"])', {
        'big.yaml': text,
      }),
      'some value',
    );
  assert.ok(process.cpuUsage(begin).user < 2_000_000);
});
