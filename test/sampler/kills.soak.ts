import { test } from 'node:test';
import { killAtRandom } from './kills.ts';
import { needsPython } from './samplerHarness.ts';

test(
  'two hundred kills at random moments lose no second that was answered, and it stays one run',
  {
    skip: needsPython,
  },
  (context) => killAtRandom(context, 200),
);
