import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMachineDoor } from './machineDoor.ts';

test('a program that hangs does not outlive the sampler', async () => {
  const door = createMachineDoor();
  let pid = 0;
  const printed = new Promise<void>((resolve) => {
    door.stream(process.execPath, ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'], {
      line(text) {
        pid = Number(text);
        resolve();
      },
      end() {},
    });
  });
  const hung = door.run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], 60_000);
  await printed;
  door.close();
  assert.equal((await hung).exitCode, null);
  const deadline = performance.now() + 5_000;
  const lives = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (lives() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(lives(), false);
});
