import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventScanner } from './eventScanner.ts';

interface Scanned {
  readonly events: unknown[];
  readonly members: Record<string, unknown>;
  readonly unreadable: number;
}

function scan(text: string, cuts: readonly number[] = []): Scanned {
  const events: unknown[] = [];
  const members: Record<string, unknown> = Object.create(null);
  const scanner = new EventScanner({
    event: (event) => events.push(event),
    member: (name, value) => {
      members[name] = value;
    },
  });
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, text.length]) {
    scanner.push(text.slice(from, to));
    from = to;
  }
  scanner.end();
  return { events, members, unreadable: scanner.unreadable };
}

test('whatever JSON stands in a trace, and wherever its chunks are cut, it is read as JSON.parse reads it', () => {
  const event = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });
  const others = fc.dictionary(
    fc.string().filter((key) => key !== 'traceEvents' && key !== '__proto__'),
    fc.jsonValue(),
    { maxKeys: 4 },
  );
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 8 }),
      others,
      others,
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.nat(5000), { maxLength: 12 }),
      (traceEvents, before, after, indent, cuts) => {
        const text = JSON.stringify({ ...before, traceEvents, ...after }, null, indent);
        const expected = JSON.parse(text) as Record<string, unknown>;
        const { events, members, unreadable } = scan(text, cuts);
        assert.deepEqual(events, expected['traceEvents']);
        delete expected['traceEvents'];
        assert.deepEqual({ ...members }, expected);
        assert.equal(unreadable, 0);
      },
    ),
    { numRuns: 300 },
  );
});

test('a bare list of events is a trace, and an event that is no JSON is counted and left out', () => {
  assert.equal(scan('[{"ph":"X"},{"ph":"M"}]').events.length, 2);
  const { events, unreadable } = scan('{"traceEvents":[{"a":1},{"bandwidth":inf},{"path":"C:\\q"},{"b":2}]}');
  assert.deepEqual(events, [{ a: 1 }, { b: 2 }]);
  assert.equal(unreadable, 2);
});

const refused: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /no JSON object/],
  ['hello', /no JSON object/],
  ['"traceEvents"', /no JSON object/],
  ['{"a": 1}', /no JSON object with "traceEvents"/],
  ['{"traceEvents": {"a": 1}}', /no JSON object with "traceEvents"/],
  ['{"traceEvents": [1, 2]}', /holds something that is no event/],
  ['{"traceEvents": []}', /has no events/],
  ['{"traceEvents": [{"ph": "X"}, {"ph"', /cut off/],
  ['{"traceEvents": [{"ph": "X"}]', /cut off/],
  ['{"traceEvents": [{"ph": "X"}]} {"more": 1}', /more follows/],
  [`{"traceEvents": [{"name": "${'x'.repeat(5 * 2 ** 20)}`, /larger than any event/],
];
for (const [text, why] of refused)
  test(`refused with its reason: ${text.slice(0, 40)}`, () => {
    assert.throws(() => scan(text), { name: 'TraceError', message: why });
  });

test('a chunk of brackets is scanned without depth of calls', () => {
  assert.throws(() => scan(`{"traceEvents":[${'{"a":['.repeat(200_000)}`), { name: 'TraceError' });
});
