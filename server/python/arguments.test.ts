/** What a call passes for an argument, however it is passed. Asked of `num_workers` of a loader. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parser } from '../../test/rules/checking.ts';
import { resolveArgument } from './arguments.ts';
import { analyse } from './program.ts';

const head = `import argparse
from dataclasses import asdict, dataclass, field
from functools import partial
from types import SimpleNamespace
from easydict import EasyDict
from omegaconf import OmegaConf
from torch.utils.data import DataLoader
from transformers import HfArgumentParser
from pydantic import BaseModel


@dataclass
class Settings:
    workers: int = 0
    size: int = 8


`;

/** `2`, `2 unless told otherwise`, `some value`, `not set` or `unknown`. */
function workers(lines: string): string {
  const program = analyse(parser.parse(`${head}${lines}\n`), { path: 'train.py' });
  const [call] = program.callsTo('torch.utils.data.DataLoader');
  assert.ok(call, `no loader in:\n${lines}`);
  const found = resolveArgument(program, call, 'num_workers', 5);
  if (found.state === 'notSet') return 'not set';
  if (found.state === 'unknown') return 'unknown';
  const { constant, overridable } = found.value;
  if (constant === undefined) return 'some value';
  return overridable ? `${constant} unless told otherwise` : `${constant}`;
}

const cases: Readonly<Record<string, string>> = {
  // Dicts.
  'a = {"num_workers": 2}\nb = {"batch_size": 1}\nDataLoader(data, **{**a, **b})': '2',
  'a = {"shuffle": True}\nb = {"batch_size": 1}\nDataLoader(data, **{**a, **b})': 'not set',
  'a = {"num_workers": 2}\nb = {"num_workers": 3}\nDataLoader(data, **(a | b))': '3',
  'a = {"batch_size": 2}\na |= {"num_workers": 3}\nDataLoader(data, **a)': '3',
  'a = dict(batch_size=1)\na.update(num_workers=3)\nDataLoader(data, **a)': '3',
  'a = dict(batch_size=1)\nDataLoader(data, **dict(a, num_workers=3))': '3',
  'a = {"batch_size": 1}\nif fast:\n    a["num_workers"] = 3\nDataLoader(data, **a)': 'unknown',
  'DataLoader(data, **({"num_workers": 2} if fast else {}))': 'unknown',
  'DataLoader(data, **settings())': 'unknown',
  'a = {"workers": 4}\nDataLoader(data, num_workers=a.get("workers", 0))': '4',
  'a = {"size": 4}\nDataLoader(data, num_workers=a.get("workers", 0))': '0',
  'def make(data, **given):\n    return DataLoader(data, **given)\nmake(1, num_workers=2)': '2',
  'def make(data, **given):\n    return DataLoader(data, **given)\nmake(1, batch_size=2)': 'not set',
  'def make(data, **given):\n    return DataLoader(data, **given)\nmake(1, **settings())': 'unknown',
  'def make(data, **given):\n    return DataLoader(data, **given)\nmake(1)\nmake(2, num_workers=2)':
    'unknown',
  'def make(data, **given):\n    return DataLoader(data, **given)': 'unknown',
  // `partial`.
  'Loader = partial(DataLoader, num_workers=2)\nLoader(data)': '2',
  'Loader = partial(DataLoader, num_workers=2)\nLoader(data, num_workers=0)': '0',
  'Loader = partial(partial(DataLoader, num_workers=2), batch_size=3)\nLoader(data)': '2',
  'Loader = partial(DataLoader, data, 8, True)\nLoader(None, None, 4)': '4',
  'Loader = partial(DataLoader, data, 8)\nLoader(True)': 'not set',
  'Loader = partial(DataLoader, **settings())\nLoader(data)': 'unknown',
  'class Data:\n    def __init__(self):\n        self.make = partial(DataLoader, num_workers=2)\n    def loader(self):\n        return self.make(data)\nData().loader()':
    '2',
  'def make(workers, data):\n    return DataLoader(data, num_workers=workers)\npartial(make, 3)(data)': '3',
  'Loader = DataLoader\nfor i in range(3):\n    Loader = partial(Loader, num_workers=i)\nDataLoader(data)\nLoader(data)':
    'not set',
  // Objects with fields.
  'DataLoader(data, num_workers=Settings().workers)': '0',
  'DataLoader(data, num_workers=Settings(workers=4).workers)': '4',
  'DataLoader(data, num_workers=Settings(4, 16).workers)': '4',
  'DataLoader(data, num_workers=Settings(**settings()).workers)': 'some value',
  's = Settings()\ns.workers = 4\nDataLoader(data, num_workers=s.workers)': '4',
  'def change(s: Settings):\n    s.workers = 4\ns = Settings()\nchange(s)\nDataLoader(data, num_workers=s.workers)':
    'some value',
  '@dataclass\nclass More(Settings):\n    deep: bool = True\nDataLoader(data, num_workers=More(3).workers)':
    '3',
  '@dataclass\nclass Other:\n    workers: int = field(default=0, metadata={"help": "processes"})\nDataLoader(data, num_workers=Other().workers)':
    '0',
  '@dataclass\nclass Outer:\n    inner: Settings = field(default_factory=Settings)\nDataLoader(data, num_workers=Outer().inner.workers)':
    '0',
  'class Model(BaseModel):\n    workers: int = 2\nDataLoader(data, num_workers=Model().workers)': '2',
  'def run(s):\n    DataLoader(data, num_workers=s.workers)\nrun(Settings(workers=3))': '3',
  '@dataclass\nclass Given:\n    num_workers: int = 2\nDataLoader(data, **asdict(Given()))': '2',
  'parser = HfArgumentParser((Settings,))\n(s,) = parser.parse_args_into_dataclasses()\nDataLoader(data, num_workers=s.workers)':
    '0 unless told otherwise',
  's = SimpleNamespace(workers=4)\nDataLoader(data, num_workers=s.workers)': '4 unless told otherwise',
  's = EasyDict()\ns.workers = 4\nDataLoader(data, num_workers=s.workers)': '4',
  's = OmegaConf.create({"workers": 0})\nDataLoader(data, num_workers=s.workers)': '0 unless told otherwise',
  's = OmegaConf.load("settings.yaml")\nDataLoader(data, num_workers=s.workers)': 'some value',
};

for (const [lines, expected] of Object.entries(cases))
  test(`argument: ${lines.replaceAll('\n', ' | ')}`, () => assert.equal(workers(lines), expected));
