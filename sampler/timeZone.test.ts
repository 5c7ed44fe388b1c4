import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeZone } from './timeZone.ts';

const asTheRuntimeSays = Intl.DateTimeFormat().resolvedOptions().timeZone;
const byLink = (target: string): string => timeZone({}, () => target);

test('the zone is what the link of the system names', { skip: process.platform === 'win32' }, () => {
  assert.equal(byLink('/usr/share/zoneinfo/Europe/Berlin'), 'Europe/Berlin');
  assert.equal(byLink('../usr/share/zoneinfo/posix/America/Port-au-Prince'), 'America/Port-au-Prince');
  assert.equal(byLink('/var/db/timezone/zoneinfo/Etc/GMT+5'), 'Etc/GMT+5');
  assert.equal(byLink('/usr/share/zoneinfo/UTC'), 'UTC');
});

test('a name in the environment goes before the link', () => {
  assert.equal(
    timeZone({ TZ: 'Asia/Tokyo' }, () => '/usr/share/zoneinfo/Europe/Berlin'),
    'Asia/Tokyo',
  );
});

test('where neither names one, the runtime is asked', () => {
  assert.equal(byLink('/etc/some/copy'), asTheRuntimeSays);
  const missing = (): string => {
    throw new Error('ENOENT');
  };
  assert.equal(timeZone({}, missing), asTheRuntimeSays);
  for (const rule of ['CET-1CEST', ':/etc/zone', ''])
    assert.equal(
      timeZone({ TZ: rule }, () => '/usr/share/zoneinfo/Europe/Berlin'),
      asTheRuntimeSays,
    );
});
