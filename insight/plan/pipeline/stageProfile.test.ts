import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileText } from '../../../test/perseus/reference.ts';
import { createRandom } from '../../testing/random.ts';
import { PlanError } from './planError.ts';
import { parseStageProfile } from './stageProfile.ts';

const rows = '0,forward,1410,0.05,20\n0,backward,1410,0.1,40\n';
const head = 'stage,instruction,frequency,time,energy\n';

test('the published profile: 8 stages, 38 frequencies each way', () => {
  const { stages } = parseStageProfile(profileText());
  assert.deepEqual(
    stages.map(({ forward, backward }) => [forward.length, backward.length]),
    Array.from({ length: 8 }, () => [38, 38]),
  );
  assert.deepEqual(stages[0]?.forward[0], {
    frequencyMHz: 1410,
    timeS: 0.05016166687011708,
    energyJ: 23.80547200000007,
  });
});

test('other programs write the same table differently', () => {
  const expected = parseStageProfile(head + rows);
  for (const [name, text] of [
    ['byte order mark and line ends of Windows', `\ufeff${head}${rows}`.replaceAll('\n', '\r\n')],
    ['line ends of old', (head + rows).replaceAll('\n', '\r')],
    ['blank lines', `\n\n${head}\n${rows}\n\n`],
    ['no end of line at the end', (head + rows).trimEnd()],
    [
      'blanks, quotes and capitals',
      '"Stage", "Instruction" ,Frequency,TIME,energy\n"0",Forward, 1410,"0.05",20\n0 ,"BACKWARD",1410.0,1e-1,+40.\n',
    ],
    [
      'another order and more columns',
      'time,run,energy,frequency,instruction,stage\n0.05,a,20,1410,forward,0\n0.1,b,40,1410,backward,0\n',
    ],
    ['a stage as a fraction', head + rows.replaceAll('0,f', '0.0,f')],
  ] as const)
    assert.deepEqual(parseStageProfile(text), expected, name);
});

test('a frequency that was measured repeatedly counts with its means', () => {
  const { stages } = parseStageProfile(`${head}${rows}0,forward,1410,0.06,22\n0,forward,1080,0.07,15\n`);
  assert.deepEqual(stages[0]?.forward, [
    { frequencyMHz: 1410, timeS: 0.055, energyJ: 21 },
    { frequencyMHz: 1080, timeS: 0.07, energyJ: 15 },
  ]);
});

test('what is wrong is told with its line and one remedy', () => {
  for (const [text, message] of [
    [
      '',
      /^the profile's first line names no column “stage”, “instruction”, .*; begin the file with the line “stage,instruction,frequency,time,energy”\.$/,
    ],
    ['a;b\n', /names no column “stage”/],
    [rows, /names no column/],
    ['stage,instruction,freq,time,energy\n', /names no column “frequency”;/],
    [head, /^the profile has no row below its header; write one/],
    [
      `${head}${rows}0,forward,1410,fast,20\n`,
      /^line 4 of the profile has “fast” as time; write a number of seconds above 0, or remove the line\.$/,
    ],
    [
      `${head}\n0,forward,1410,0.05\n`,
      /^line 3 of the profile has no energy; write a number of joules above 0/,
    ],
    [`${head}0,forward,1410,0,20\n`, /“0” as time/],
    [`${head}0,forward,1410,-1,20\n`, /“-1” as time/],
    [`${head}0,forward,1410,nan,20\n`, /“nan” as time/],
    [`${head}0,forward,1410,1e999,20\n`, /“1e999” as time/],
    [`${head}0,forward,1410,1e10,20\n`, /“1e10” as time/],
    [`${head}0,forward,0x5,1,20\n`, /“0x5” as frequency/],
    [
      `${head}0,optimizer,1410,1,20\n`,
      /“optimizer” as instruction; write “forward” or “backward”, or remove/,
    ],
    [`${head}-1,forward,1410,1,20\n`, /“-1” as stage; write the stage's number, from 0/],
    [`${head}1.5,forward,1410,1,20\n`, /“1.5” as stage/],
    [`${head}99999999999,forward,1410,1,20\n`, /as stage/],
    [
      `${head}0,forward,1410,0.05,20\n`,
      /^the profile has no row of stage 0 backward; measure it and add its rows/,
    ],
    [`${head}${rows}2,forward,1410,1,20\n`, /no row of stage 1 forward;/],
    [head + rows.replaceAll('0,', '1,'), /no row of stage 0 forward; .*stages count from 0/],
    [`${head}0,forward,${'9'.repeat(5000)}x,1,1\n`, /^.{1,200}$/],
  ] as const)
    assert.throws(
      () => parseStageProfile(text),
      (error) => error instanceof PlanError && message.test(error.message) && error.message.endsWith('.'),
      JSON.stringify(text.slice(0, 200)),
    );
});

test('whatever a file holds, it is a profile or told as one that is not', () => {
  const random = createRandom(20);
  const whole = profileText().split('\n').slice(0, 70).join('\n');
  const pieces = ['', ',', '\n', '"', '0', '-', 'e9', '.', ' ', 'forward', '\u0000', '😀', '\r'];
  let refused = 0;
  for (let round = 0; round < 500; round += 1) {
    let text = whole;
    for (let edits = 1 + Math.floor(random.next() * 2); edits > 0; edits -= 1) {
      const from = Math.floor(random.next() * text.length);
      const to = from + Math.floor(random.next() * 4);
      text = text.slice(0, from) + pieces[Math.floor(random.next() * pieces.length)] + text.slice(to);
    }
    try {
      const { stages } = parseStageProfile(text);
      for (const { forward, backward } of stages)
        for (const { frequencyMHz, timeS, energyJ } of [...forward, ...backward])
          assert.ok(frequencyMHz > 0 && timeS > 0 && energyJ > 0);
    } catch (error) {
      assert.ok(error instanceof PlanError, String(error));
      refused += 1;
    }
  }
  assert.ok(refused > 100 && refused < 450, `${refused} refused`);
});
