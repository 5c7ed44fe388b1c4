/** A test of whether there is anything lets through the common case, a test of a counter does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, found } from '../../test/rules/checking.ts';
import { cases, script } from '../../test/rules/trainingScript.ts';

const { count } = cases('sync-scalar-in-step');
const read = 'losses.append(loss.item())';

const common: readonly string[] = [
  `if len(x) > 0:\n    ${read}`,
  `if len(x):\n    ${read}`,
  `if not len(x):\n    pass\nelse:\n    ${read}`,
  `boxes, size = len(x), len(y)\nif boxes == 0:\n    pass\nelse:\n    ${read}`,
  `if x.shape[0] == 0:\n    pass\nelse:\n    ${read}`,
  `hits = int(args.mask.sum())\nif hits == 0:\n    pass\nelse:\n    ${read}`,
];
for (const step of common) test(`each step: ${step}`, () => assert.equal(found(script(step)).length, 1));

const rare: readonly string[] = [
  `if len(x) == 0:\n    ${read}`,
  `if step == 0:\n    ${read}`,
  `turn = step\nif turn == 0:\n    ${read}`,
  `if len(x) > 0:\n    pass\nelse:\n    ${read}`,
  `if step % 10:\n    pass\nelse:\n    ${read}`,
];
test('a flag that the first turn takes down holds for that turn only, and what stands behind else for the others', () => {
  const flagged = (test: string, start: string, end: string): string =>
    script(`if ${test}:\n    first = ${end}\n    a\nelse:\n    b`, { before: `first = ${start}` });
  for (const text of [flagged('first', 'True', 'False'), flagged('not first', 'False', 'True')]) {
    assert.equal(count(text.replace(/ a$/m, ` ${read}`)), 0);
    assert.equal(count(text.replace(/ b$/m, ` ${read}`)), 1);
  }
});

for (const step of rare) test(`now and then: ${step}`, () => assert.equal(count(script(step)), 0));

const setting = (before: string, step: string): string | undefined =>
  check(script(step, { before }), undefined, 'possible').findings.find(
    (f) => f.rule === 'sync-scalar-in-step',
  )?.confidence;

test('a number from the environment or the settings counts nothing', () => {
  assert.equal(setting('rank = int(args.env["RANK"])', `if rank == 0:\n    ${read}`), 'certain');
  assert.equal(setting('level = int(args.cfg["level"])', `if level > 0:\n    ${read}`), 'possible');
  assert.equal(setting('debug = int(args.cfg["debug"])', `if debug > 0:\n    ${read}`), undefined);
});

test('what runs where a setting is not one of its values is as sure as any setting', () => {
  for (const is of [
    'args.trace == False',
    'args.trace is False',
    'args.trace == None',
    'args.mode == "train"',
  ])
    assert.equal(setting('', `if ${is}:\n    pass\nelse:\n    ${read}`), 'possible', is);
});

test('a value that a choice needs in the common case is needed', () => {
  const recorded = (choice: string): number =>
    found(script(`shown = loss.item()\nlosses.append(shown)\nargs.decide(${choice})`)).length;
  assert.equal(recorded('0 if len(x) == 0 else shown'), 0);
  assert.equal(recorded('0 if len(x) > 0 else shown'), 1);
});
