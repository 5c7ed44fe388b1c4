/** A test of whether there is anything lets through the common case, a test of a counter does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases, script } from '../../test/rules/trainingScript.ts';

const { count } = cases('sync-scalar-in-step');
const read = 'losses.append(loss.item())';

const common: readonly string[] = [
  `if len(x) > 0:\n    ${read}`,
  `if len(x):\n    ${read}`,
  `if not len(x):\n    pass\nelse:\n    ${read}`,
  `boxes, size = len(x), len(y)\nif boxes == 0:\n    pass\nelse:\n    ${read}`,
  `if x.shape[0] == 0:\n    pass\nelse:\n    ${read}`,
];
for (const step of common) test(`each step: ${step}`, () => assert.equal(count(script(step)), 1));

const rare: readonly string[] = [
  `if len(x) == 0:\n    ${read}`,
  `if step == 0:\n    ${read}`,
  `turn = step\nif turn == 0:\n    ${read}`,
  `if len(x) > 0:\n    pass\nelse:\n    ${read}`,
  `if step % 10:\n    pass\nelse:\n    ${read}`,
];
for (const step of rare) test(`now and then: ${step}`, () => assert.equal(count(script(step)), 0));
