import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outlineOf } from './outline.ts';

const loggers = (text: string): string[] => [...outlineOf(`import logging\n${text}`).loggers];

test('a name that holds a logger is known without an analysis', () => {
  assert.deepEqual(
    loggers('logger = logging.getLogger(__name__)  # of the package\nLOG = logging.getLogger()\n'),
    ['logger', 'LOG'],
  );
});

test('not where something else may bind the name, or logging is another thing', () => {
  const made = 'logger = logging.getLogger(__name__)\n';
  for (const other of [
    'logger = None\n',
    'def logger():\n    pass\n',
    'from shared import logger\n',
    'import shared as logger\n',
    'try:\n    pass\nexcept ImportError:\n    logger = None\n',
    'if True:\n    logger: object = None\n',
    'def change():\n    global level, logger\n',
    'with take() as logger:\n    pass\n',
    'if True:\n    with take() as logger:\n        pass\n',
    'for logger in many:\n    pass\n',
    'if True:\n    _, logger = pair\n',
    '_, logger = pair\n',
  ])
    assert.deepEqual(loggers(made + other), [], other);
  assert.deepEqual([...outlineOf(made).loggers], []);
  assert.deepEqual([...outlineOf(`from shared import logging\n${made}`).loggers], []);
});
