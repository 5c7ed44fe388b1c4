import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assumptionsOf,
  type ConfigurableRule,
  type EffectiveRule,
  effective,
  type Layer,
  rulesOff,
} from './configuration.ts';
import { layersFor, readProjectFile } from './projectFile.ts';

const rules: readonly ConfigurableRule[] = [
  { name: 'first', aliases: ['was-first'], family: 'memory', stage: 'stable' },
  { name: 'second', aliases: [], family: 'memory', stage: 'stable' },
  { name: 'third', aliases: [], family: 'compile', stage: 'preview' },
];

const read = (text: string) => readProjectFile(text, '/p/pyproject.toml', rules);

/** `line: the text pointed at: message` */
const problems = (text: string): string[] =>
  read(text).problems.map(
    ({ start, end, message }) =>
      `${text.slice(0, start).split('\n').length}: ${text.slice(start, end)}: ${message}`,
  );

const layers = (text: string, path: string): readonly Layer[] =>
  layersFor(read(text).configuration, path, '/p');

/** Each rule that is on, with its severity where one is set. */
function state(layered: readonly Layer[]): string[] {
  const show = ([name, { on, severity }]: [string, EffectiveRule]): string[] =>
    on.value ? [severity.value === undefined ? name : `${name} ${severity.value}`] : [];
  return [...effective(rules, layered).rules].flatMap(show);
}

test('without a word, stable rules are on with their own severity', () => {
  assert.deepEqual(state([]), ['first', 'second']);
  assert.deepEqual([...rulesOff(effective(rules, []))], ['third']);
});

test('names, former names, families and groups', () => {
  const on = (section: string): string[] => state(layers(`[tool.perjoule]\n${section}`, '/p/a.py'));
  assert.deepEqual(on('select = ["was-first", "compile"]'), ['first', 'third']);
  assert.deepEqual(on('select = ["all"]\nignore = ["memory"]'), ['third']);
  assert.deepEqual(on('select = ["stable", "third"]\nignore = ["first"]'), ['second', 'third']);
  assert.deepEqual(on('select = []'), []);
  assert.deepEqual(on('ignore = ["preview"]'), ['first', 'second']);
  assert.deepEqual(on('severity.third = "hint"\nseverity.memory = "error"\nseverity.second = "off"'), [
    'first error',
    'third hint',
  ]);
  // A chosen set is the set: naming a severity does not add to it.
  assert.deepEqual(on('select = ["first"]\nseverity.third = "hint"'), ['first']);
});

test('a later layer wins, key by key', () => {
  const text = `[tool.perjoule]
ignore = ["first"]
[tool.perjoule.assume]
gpu = "H100"
os = "linux"
[[tool.perjoule.overrides]]
paths = ["tests/"]
severity = { memory = "hint" }
assume.os = "windows"
[[tool.perjoule.overrides]]
paths = ["tests/slow/**"]
select = ["third"]
`;
  assert.deepEqual(problems(text), []);
  assert.deepEqual(state(layers(text, '/p/train.py')), ['second']);
  assert.deepEqual(state(layers(text, '/p/pkg/tests/a.py')), ['first hint', 'second hint']);
  assert.deepEqual(state(layers(text, '/p/tests/slow/a.py')), ['third']);
  assert.deepEqual(state(layers(text, '/elsewhere/tests/a.py')), ['second']);
  const { assume } = effective(rules, layers(text, '/p/tests/a.py'));
  assert.deepEqual(assumptionsOf({ rules: new Map(), assume }), { gpu: 'H100', os: 'windows' });
  assert.deepEqual(assume.gpu?.origin, { kind: 'project', path: '/p/pyproject.toml', line: 4 });
  assert.deepEqual(assume.os?.origin, { kind: 'project', path: '/p/pyproject.toml', line: 9 });
});

test('what is wrong is told where it stands, the rest counts', () => {
  const text = `[tool.perjoule]
select = ["first", "nothing-like-it", 3]
slect = []
[tool.perjoule.severity]
first = "loud"
gone = "off"
second = "hint"
[tool.perjoule.assume]
os = "beos"
gpu = 7
world-size = 0
[[tool.perjoule.overrides]]
ignore = ["first"]
`;
  assert.deepEqual(problems(text), [
    '2: "nothing-like-it": No rule or group of rules is named "nothing-like-it"; "perjoule rules" lists the names.',
    '2: 3: "select" holds texts only.',
    '3: slect: There is no "slect" in [tool.perjoule]; it can hold "select", "ignore", "severity", "assume", "overrides".',
    '5: "loud": A severity is one of "off", "hint", "information", "warning", "error".',
    '6: gone: No rule or group of rules is named "gone"; "perjoule rules" lists the names.',
    '9: "beos": "os" is one of "linux", "macos", "windows".',
    '10: 7: "gpu" is the name of a GPU model, such as "NVIDIA H100".',
    '11: 0: "world-size" is the number of processes that train together, 1 or more.',
    '12: tool.perjoule.overrides: This override names no "paths", so it applies to nothing.',
  ]);
  assert.deepEqual(state(layers(text, '/p/a.py')), ['first']);
  assert.deepEqual(problems('tool.perjoule = 3\n'), [
    '1: 3: "tool.perjoule" is a table, not a single value.',
  ]);
  assert.deepEqual(problems('[tool.perjoule]\nignore = "first"\n'), [
    '2: "first": "ignore" is a list of texts, such as ignore = ["…"].',
  ]);
});

test('a broken file is told only where it speaks of us', () => {
  assert.match(problems('[tool.perjoule]\nselect = [\n').join(), /^\d: : This is not TOML: .*\.$/);
  assert.deepEqual(problems('[tool.other]\nname = "perjoule"\nx = [\n'), []);
  assert.equal(read('[project]\nname = "perjoule"\n').configuration, undefined);
  assert.deepEqual(problems('[tool.perjoule]\n__proto__ = 1\n').length, 1);
});

test('a hostile file takes no time and brings nothing down', () => {
  const head = '[tool.perjoule]\n';
  const hostile: readonly [string, RegExp][] = [
    [`${head}select = ${'['.repeat(60_000)}${']'.repeat(60_000)}`, /nested too deeply/],
    [`${head}select = ${'{a='.repeat(50_000)}1${'}'.repeat(50_000)}`, /nested too deeply/],
    [`${head}${'a.'.repeat(100_000)}b = 1`, /There is no "a"/],
    [`${head}x = "${'x'.repeat(1_900_000)}"`, /larger than 256 KB/],
    [head + '[[tool.perjoule.overrides]]\n'.repeat(9_000), /names no "paths"/],
  ];
  for (const [text, message] of hostile) {
    const begin = performance.now();
    assert.match(read(text).problems[0]?.message ?? '', message);
    // Alone it takes a tenth of it; the tests run beside others.
    assert.ok(performance.now() - begin < 5000, text.slice(0, 60));
  }
});
