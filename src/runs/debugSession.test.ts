import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debuggedProgram, isOnAnotherMachine } from './debugSession.ts';

test('the program is told as one would type it without the debugger', () => {
  assert.deepEqual(debuggedProgram({ program: '/w/train.py', args: ['--lr', '1e-3'] }, '/w'), {
    command: 'python /w/train.py --lr 1e-3',
    name: 'train.py',
    script: '/w/train.py',
  });
  assert.deepEqual(debuggedProgram({ module: 'pkg.train', args: '--a  b' }, '/w'), {
    command: 'python -m pkg.train --a  b',
    name: 'pkg.train',
  });
  assert.deepEqual(debuggedProgram({ program: 'my files/a.py', args: [2] }, '/w'), {
    command: "python 'my files/a.py' 2",
    name: 'a.py',
    script: '/w/my files/a.py',
  });
  assert.deepEqual(debuggedProgram({ request: 'attach', processId: 4 }, '/w'), { command: '' });
});

test('a program that is debugged over the network is not looked for here', () => {
  assert.equal(isOnAnotherMachine({ request: 'attach', connect: { host: 'gpu-7', port: 5678 } }), true);
  assert.equal(isOnAnotherMachine({ request: 'attach', connect: { host: 'localhost', port: 5678 } }), false);
  assert.equal(isOnAnotherMachine({ request: 'attach', listen: { port: 5678 } }), false);
  assert.equal(isOnAnotherMachine({ request: 'attach', host: '10.0.0.4' }), true);
  assert.equal(isOnAnotherMachine({ request: 'launch', program: 'train.py' }), false);
});
