/**
 * What one GPU is asked for: each question with how often it is put and how its answer is read. A question that a
 * device cannot answer leaves its value out. Buffers are made once; nothing is allocated per reading.
 */

import type { DeviceReading } from '../source.ts';
import type { DeviceHandle, Done, Nvml } from './binding.ts';
import { failureOf, nvmlFunctionNotFound, nvmlSuccess } from './returnCodes.ts';

type Values = Omit<DeviceReading, 'uuid' | 'timeMs'>;
/** A reading in the making: what could not be read is absent. */
export type Draft = { -readonly [Key in keyof Values]: Values[Key] };

export interface Question {
  readonly label: string;
  /** The values it supplies: taken out of the draft when it fails. */
  readonly supplies: readonly (keyof Draft)[];
  /** Usual time between two askings; 0 for every round. Milliseconds. */
  readonly everyMs: number;
  /** Gives NVML's return code, from a thread of its own; fills the draft when it is 0. */
  ask(handle: DeviceHandle, draft: Draft, done: Done): void;
}

/** Where a power value of a field comes from: the board, or the module of a superchip with its CPU. */
export type PowerScope = 'board' | 'module';

const averagePowerField = 185;
const instantPowerField = 186;
const energyField = 83;
const fieldSize = 40;
const fieldAt = { scope: 4, valueType: 24, code: 28, value: 32 } as const;
const scopes: Readonly<Record<PowerScope, number>> = { board: 0, module: 1 };
/** Version words: size of the struct and its number. */
const memory2Version = 0x02000028;
const temperatureVersion = 0x0100000c;
const clockType = { sm: 1, memory: 2 } as const;
/** All in the lower half of the 64 bits. */
const reasonBits = { powerCap: 0x4, slowdown: 0x8 | 0x20 | 0x40 | 0x80 } as const;
/** A power cap only means something near the limit: a sleeping card reports one too. */
const capNearLimit = 0.9;

/** Numbers are taken from views: in the machine's order, and some hundred times a second. */
const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** A count of 64 bits, exact up to 2^53. */
const unsigned64 = (from: DataView, at: number): number =>
  from.getUint32(at, true) + from.getUint32(at + 4, true) * 2 ** 32;

/** Number in a field's 8-byte union by the type it names; undefined for a type that is no number. */
function fieldNumber(value: DataView, at: number): number | undefined {
  const where = at + fieldAt.value;
  switch (value.getUint32(at + fieldAt.valueType, true)) {
    case 0:
      return value.getFloat64(where, true);
    case 1:
      return value.getUint32(where, true);
    // C's unsigned long has 4 bytes on Windows; the rest of the union is 0 there.
    case 2:
    case 3:
      return unsigned64(value, where);
    case 4:
      return Number(value.getBigInt64(where, true));
    case 5:
      return value.getInt32(where, true);
    case 6:
      return value.getUint16(where, true);
    default:
      return undefined;
  }
}

/**
 * Instant and average power in one call, and the counter with them where that is wanted; the code of the instant value is
 * the answer's, but for a counter that tells of a device or library that is lost.
 */
function powerFields(nvml: Nvml, scope: PowerScope, withCounter = false): Question {
  const wanted = [instantPowerField, averagePowerField, ...(withCounter ? [energyField] : [])];
  const asked = Buffer.alloc(wanted.length * fieldSize);
  for (const [index, field] of wanted.entries()) {
    asked.writeUInt32LE(field, index * fieldSize);
    asked.writeUInt32LE(scopes[scope], index * fieldSize + fieldAt.scope);
  }
  const fields = Buffer.alloc(asked.length);
  const told = viewOf(fields);
  const codeAt = (index: number): number => told.getUint32(index * fieldSize + fieldAt.code, true);
  const numberAt = (index: number): number | undefined =>
    codeAt(index) === nvmlSuccess ? fieldNumber(told, index * fieldSize) : undefined;
  /** What the answer says, into the draft; its code. */
  const take = (draft: Draft): number => {
    const average = numberAt(1);
    if (average === undefined) delete draft.averagePowerW;
    else draft.averagePowerW = average / 1000;
    if (withCounter) {
      const millijoules = numberAt(2);
      if (millijoules === undefined) delete draft.energyJ;
      else draft.energyJ = millijoules / 1000;
      const { reach } = failureOf(codeAt(2));
      if (codeAt(2) !== nvmlSuccess && (reach === 'device' || reach === 'library')) return codeAt(2);
    }
    const instant = numberAt(0);
    if (instant === undefined) return codeAt(0) === nvmlSuccess ? nvmlFunctionNotFound : codeAt(0);
    draft.powerW = instant / 1000;
    return nvmlSuccess;
  };
  const ask: Question['ask'] = (handle, draft, done) => {
    fields.set(asked);
    const taken: Done = (code) => done(code === nvmlSuccess ? take(draft) : code);
    nvml.start('fieldValues', taken, handle, wanted.length, fields);
  };
  const supplies = ['powerW', 'averagePowerW', ...(withCounter ? (['energyJ'] as const) : [])] as const;
  return { label: 'instant power', supplies, everyMs: 0, ask };
}

/** Power and counter together: half the calls, of which each takes the driver's lock. */
export const powerAndCounter = (nvml: Nvml): Question => powerFields(nvml, 'board', true);

/** One call, whose answer is taken when its code is 0. */
const simple = (
  start: (handle: DeviceHandle, done: Done) => void,
  take: (draft: Draft) => void,
): Question['ask'] => {
  return (handle, draft, done) =>
    start(handle, (code) => {
      if (code === nvmlSuccess) take(draft);
      done(code);
    });
};

/** One 32-bit number into one value. */
function single(
  label: string,
  everyMs: number,
  key: keyof Draft,
  scale: number,
  start: (handle: DeviceHandle, into: Buffer, done: Done) => void,
): Question {
  const into = Buffer.alloc(4);
  return {
    label,
    supplies: [key],
    everyMs,
    ask: simple(
      (handle, done) => start(handle, into, done),
      (draft) => {
        draft[key] = into.readUInt32LE() * scale;
      },
    ),
  };
}

export const plainPower = (nvml: Nvml): Question =>
  single('power', 0, 'powerW', 1e-3, (handle, into, done) => nvml.start('power', done, handle, into));

/** The ways to read power, best first: the first one that answers at the start is used. */
export function powerQuestions(
  nvml: Nvml,
): readonly { readonly question: Question; readonly quality: 'instant' | 'averaged1s' | 'module' }[] {
  return [
    { question: powerFields(nvml, 'board'), quality: 'instant' },
    { question: plainPower(nvml), quality: 'averaged1s' },
    { question: powerFields(nvml, 'module'), quality: 'module' },
  ];
}

export function energyQuestion(nvml: Nvml): Question {
  const millijoules = Buffer.alloc(8);
  return {
    label: 'energy counter',
    supplies: ['energyJ'],
    everyMs: 0,
    ask: simple(
      (handle, done) => nvml.start('energy', done, handle, millijoules),
      (draft) => {
        draft.energyJ = unsigned64(viewOf(millijoules), 0) / 1000;
      },
    ),
  };
}

function memoryQuestion(nvml: Nvml): Question {
  const newer = Buffer.alloc(40);
  const older = Buffer.alloc(24);
  // The older form counts what the driver keeps for itself as used.
  const askOlder = simple(
    (handle, done) => nvml.start('memory1', done, handle, older),
    (draft) => {
      draft.memoryUsedBytes = unsigned64(viewOf(older), 16);
    },
  );
  return {
    label: 'memory',
    supplies: ['memoryUsedBytes'],
    everyMs: 1000,
    ask(handle, draft, done) {
      newer.fill(0);
      newer.writeUInt32LE(memory2Version);
      const taken: Done = (code) => {
        if (code === nvmlFunctionNotFound) askOlder(handle, draft, done);
        else {
          if (code === nvmlSuccess) draft.memoryUsedBytes = unsigned64(viewOf(newer), 32);
          done(code);
        }
      };
      nvml.start('memory2', taken, handle, newer);
    },
  };
}

/** Bytes of the whole device; null where it does not say, as on chips that share the host's memory. */
export async function memoryTotal(nvml: Nvml, handle: DeviceHandle): Promise<number | null> {
  const newer = Buffer.alloc(40);
  newer.writeUInt32LE(memory2Version);
  if ((await nvml.later('memory2', handle, newer)) === nvmlSuccess) return unsigned64(viewOf(newer), 8);
  const older = Buffer.alloc(24);
  return (await nvml.later('memory1', handle, older)) === nvmlSuccess ? unsigned64(viewOf(older), 0) : null;
}

function utilizationQuestion(nvml: Nvml): Question {
  const rates = Buffer.alloc(8);
  return {
    label: 'utilisation',
    supplies: ['utilization'],
    // The driver refreshes it six times a second at most.
    everyMs: 150,
    ask: simple(
      (handle, done) => nvml.start('utilization', done, handle, rates),
      (draft) => {
        draft.utilization = Math.min(100, rates.readUInt32LE()) / 100;
      },
    ),
  };
}

function reasonsQuestion(nvml: Nvml): Question {
  const bits = Buffer.alloc(8);
  return {
    label: 'clock-event reasons',
    supplies: ['powerCapped', 'slowedDown'],
    everyMs: 1000,
    ask: simple(
      (handle, done) => nvml.start('eventReasons', done, handle, bits),
      (draft) => {
        const reasons = bits.readUInt32LE();
        const { powerW, powerLimitW } = draft;
        const near =
          powerW !== undefined && powerLimitW !== undefined && powerW >= capNearLimit * powerLimitW;
        draft.powerCapped = (reasons & reasonBits.powerCap) !== 0 && near ? 1 : 0;
        draft.slowedDown = (reasons & reasonBits.slowdown) !== 0 ? 1 : 0;
      },
    ),
  };
}

function temperatureQuestion(nvml: Nvml): Question {
  const newer = Buffer.alloc(12);
  const celsius = Buffer.alloc(4);
  return {
    label: 'temperature',
    supplies: ['temperatureC'],
    everyMs: 1000,
    ask(handle, draft, done) {
      const taken: Done = (code) => {
        if (code === nvmlSuccess) {
          draft.temperatureC = celsius.readUInt32LE();
          done(code);
          return;
        }
        // Drivers are about to drop the older form.
        newer.fill(0);
        newer.writeUInt32LE(temperatureVersion);
        const takenNewer: Done = (newerCode) => {
          if (newerCode === nvmlSuccess) draft.temperatureC = newer.readInt32LE(8);
          done(newerCode === nvmlFunctionNotFound ? code : newerCode);
        };
        nvml.start('temperatureV', takenNewer, handle, newer);
      };
      nvml.start('temperature', taken, handle, 0, celsius);
    },
  };
}

/** Everything beside power and energy, slower things less often: each call takes the driver's one lock. */
export function otherQuestions(nvml: Nvml): readonly Question[] {
  return [
    single('power limit', 1000, 'powerLimitW', 1e-3, (handle, into, done) =>
      nvml.start('powerLimit', done, handle, into),
    ),
    utilizationQuestion(nvml),
    memoryQuestion(nvml),
    single('SM clock', 1000, 'smClockMHz', 1, (handle, into, done) =>
      nvml.start('clock', done, handle, clockType.sm, into),
    ),
    single('memory clock', 1000, 'memoryClockMHz', 1, (handle, into, done) =>
      nvml.start('clock', done, handle, clockType.memory, into),
    ),
    reasonsQuestion(nvml),
    temperatureQuestion(nvml),
  ];
}
