import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInsideFolder } from './insideFolder.ts';

test('a folder holds itself and what is below it, whatever that is called, and nothing beside it', () => {
  for (const [folder, path, separator, inside] of [
    ['/home/me/work', '/home/me/work', '/', true],
    ['/home/me/work', '/home/me/work/train.py', '/', true],
    ['/home/me/work', '/home/me/work/..dots.py', '/', true],
    ['/', '/train.py', '/', true],
    ['/home/me/work', '/home/me/workshop/train.py', '/', false],
    ['/home/me/work', '/home/me/work\\train.py', '/', false],
    ['/home/me/work', '/', '/', false],
    ['C:\\work', 'C:\\work\\a.py', '\\', true],
    ['C:\\work', 'D:\\work\\a.py', '\\', false],
  ] as const)
    assert.equal(isInsideFolder(folder, path, separator), inside, `${path} in ${folder}`);
});
