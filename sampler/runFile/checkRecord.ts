/** The parts of a run file, checked: whatever a file says, what comes out has the types and limits of a run. */

import type { StaticFinding } from '../../contracts/findings.ts';
import { gridZoneOf } from '../../contracts/gridZone.ts';
import { type MetricId, metricIds, metrics } from '../../contracts/metrics.ts';
import type { EnergyMark, RunBlock, RunRecord } from '../../contracts/runFile.ts';
import type {
  EnergyTotals,
  KernelHold,
  RunDetail,
  RunDevice,
  RunSetting,
  SharedEnergy,
  StepFigures,
  WallEnergy,
} from '../../contracts/runs.ts';
import type { SharingState } from '../../contracts/sharing.ts';
import { type WasteItem, type WasteKind, wasteKinds } from '../../contracts/waste.ts';
import { checkDrawn, checkStart, mostPowerW } from './plausible.ts';
import {
  type Check,
  id,
  list,
  nullable,
  number,
  object,
  oneOf,
  positive,
  RunFileError,
  share,
  text,
  truth,
  upTo,
} from './shape.ts';

const mostDevices = 256;
const mostMarks = 100_000;
const mostSamples = 1_000_000;
/** A year: nothing that is measured here lasts longer. */
const longestMs = 366 * 24 * 3_600_000;
const momentOfRun: Check<number> = (value, at) => {
  const checked = positive(value, at);
  if (checked > longestMs) throw new RunFileError(`${at} is longer than a year.`);
  return checked;
};

const missing = oneOf(
  'notSupported',
  'noPermission',
  'notFound',
  'lost',
  'timeout',
  'badOutput',
  'stale',
  'tooShort',
  'unread',
);
const confidence = oneOf('certain', 'likely', 'possible');
const kinds = Object.keys(wasteKinds) as WasteKind[];

const provenance = object({
  source: id,
  quality: oneOf('counter', 'counterUnchecked', 'instant', 'averaged1s', 'module', 'estimated'),
  simulated: truth,
  band: nullable(share),
});

/** No sensor is slower; a longer one would only ask for memory. */
const period = upTo(60_000);

/** Of a server that is scraped once an hour at most. */
const readEvery = upTo(3_600_000);

const sensing = nullable(object({ updatePeriodMs: period, windowMs: period }));

const describedDevice: Check<RunDevice> = object({
  uuid: id,
  index: positive,
  name: text(120),
  vendor: oneOf('nvidia', 'amd', 'intel', 'apple', 'unknown'),
  memoryTotalBytes: nullable(positive),
  powerLimitW: nullable(positive),
  attribution: oneOf('processList', 'simulated', 'jobLabel', 'onlyRun', 'unknown'),
  provenance,
});

const sharing: Check<SharedEnergy> = object({
  sharedMs: positive,
  runJ: positive,
  othersJ: positive,
  unattributedJ: positive,
  confidence: nullable(oneOf('likely', 'possible')),
});

const plainSharingState = object({
  last: object({
    timeMs: positive,
    own: positive,
    others: positive,
    activity: nullable(object({ own: positive, others: positive, unknown: positive })),
  }),
  runJ: positive,
  othersJ: positive,
  unattributedJ: positive,
  sharedMs: positive,
  dividedMs: positive,
  unseenMs: positive,
});
const sharingMarks = list(
  object({
    timeMs: positive,
    runJ: positive,
    othersJ: positive,
    unattributedJ: positive,
    sharedMs: positive,
    dividedMs: positive,
  }),
  1000,
);
const sharingState: Check<SharingState> = (value, at) => {
  const { weak, marks } = Object(value) as { readonly weak?: unknown; readonly marks?: unknown };
  return {
    ...plainSharingState(value, at),
    ...(weak === undefined ? {} : { weak: truth(weak, `${at}.weak`) }),
    ...(marks === undefined ? {} : { marks: sharingMarks(marks, `${at}.marks`) }),
  };
};

/** Absent where nobody else was on the GPU. */
const toldSharing = (value: unknown, at: string): { readonly sharing?: SharedEnergy } => {
  const told = (value as { readonly sharing?: unknown }).sharing;
  return told === undefined ? {} : { sharing: sharing(told, `${at}.sharing`) };
};

const wall: Check<WallEnergy> = object({ energyJ: positive, gain: upTo(100), offsetW: number });

const toldWall = (value: unknown, at: string): { readonly wall?: WallEnergy } => {
  const told = (value as { readonly wall?: unknown }).wall;
  return told === undefined ? {} : { wall: wall(told, `${at}.wall`) };
};

const idlePower = object({ contextIdlePowerW: nullable(positive), idlePowerW: nullable(positive) });

/** Older files do not tell how the sensor works. */
const device: Check<RunDevice> = (value, at) => {
  const checked = describedDevice(value, at);
  const told = value as {
    readonly sensing?: unknown;
    readonly counterPeriodMs?: unknown;
    readonly readEveryMs?: unknown;
    readonly powerFromCounter?: unknown;
    readonly sharingState?: unknown;
    readonly idlePower?: unknown;
  };
  return {
    ...checked,
    ...(told.sensing === undefined ? {} : { sensing: sensing(told.sensing, `${at}.sensing`) }),
    ...(told.counterPeriodMs === undefined
      ? {}
      : { counterPeriodMs: period(told.counterPeriodMs, `${at}.counterPeriodMs`) }),
    ...(told.readEveryMs === undefined
      ? {}
      : { readEveryMs: readEvery(told.readEveryMs, `${at}.readEveryMs`) }),
    ...(told.powerFromCounter === undefined
      ? {}
      : { powerFromCounter: truth(told.powerFromCounter, `${at}.powerFromCounter`) }),
    ...(told.sharingState === undefined
      ? {}
      : { sharingState: sharingState(told.sharingState, `${at}.sharingState`) }),
    ...(told.idlePower === undefined ? {} : { idlePower: idlePower(told.idlePower, `${at}.idlePower`) }),
  };
};

const plainTotals = object({
  energyJ: nullable(positive),
  missing: nullable(missing),
  method: nullable(oneOf('counter', 'integration')),
  witnessJ: nullable(positive),
  idleJ: nullable(positive),
  durationMs: positive,
  coverage: share,
  meanPowerW: nullable(positive),
  provenance: nullable(provenance),
});
const totals: Check<EnergyTotals> = (value, at) => ({
  ...plainTotals(value, at),
  ...toldSharing(value, at),
  ...toldWall(value, at),
});

const stepCounts = object({
  count: positive,
  total: nullable(positive),
  perStepJ: nullable(positive),
  spreadJ: nullable(positive),
  stepsPerSecond: nullable(positive),
});
const stepUnit = oneOf('step', 'epoch', 'sample', 'token');

/** Absent where steps are counted. */
const steps: Check<StepFigures> = (value, at) => {
  const { unit } = value as { readonly unit?: unknown };
  return {
    ...stepCounts(value, at),
    ...(unit === undefined ? {} : { unit: stepUnit(unit, `${at}.unit`) }),
  };
};

const place = object({
  rule: id,
  path: text(1000),
  line: positive,
  message: text(1000),
  regionHash: text(200),
  fixTitle: nullable(text(200)),
});

const wasteShape = object({
  kind: oneOf(...kinds),
  energyJ: positive,
  share,
  durationMs: positive,
  certainty: confidence,
  evidence: text(1000),
  places: list(place, 100),
});

const pair: Check<readonly [number, number]> = (value, at) => {
  const [fromMs, toMs, ...more] = list(number, 2)(value, at);
  if (fromMs === undefined || toMs === undefined || more.length > 0)
    throw new RunFileError(`${at} is not a pair.`);
  return [fromMs, toMs];
};

const whatIf = object({ energyJ: pair, assumes: text(400) });

/** Older files tell neither when it was nor what mending it would save. */
const waste: Check<WasteItem> = (value, at) => {
  const item = wasteShape(value, at);
  const told = value as { readonly windows?: unknown; readonly whatIf?: unknown };
  return {
    ...item,
    ...(told.windows === undefined ? {} : { windows: list(pair, 1000)(told.windows, `${at}.windows`) }),
    ...(told.whatIf === undefined ? {} : { whatIf: whatIf(told.whatIf, `${at}.whatIf`) }),
  };
};

const heldAfter: Check<KernelHold> = object({
  durationMs: upTo(longestMs),
  idleMs: nullable(momentOfRun),
  energyJ: nullable(positive),
  coverage: share,
  provenance: nullable(provenance),
  until: nullable(oneOf('nextRun', 'letGo', 'kernelEnd')),
});

const memoryHeadroom = object({ usedBytes: positive, totalBytes: positive });

const run = object({
  runId: id,
  number: positive,
  name: text(120),
  command: text(4000),
  cwd: text(1000),
  script: nullable(text(1000)),
  origin: oneOf('terminal', 'command', 'task', 'debug', 'notebook', 'attach', 'cli', 'file'),
  state: oneOf('live', 'ended', 'interrupted'),
  startedAtMs: positive,
  durationMs: positive,
  exitCode: nullable(number),
  devices: list(device, mostDevices),
  simulated: truth,
  totals,
  steps: nullable(steps),
  pid: positive,
  waste: list(waste, kinds.length),
  gaps: list(
    object({ fromMs: positive, toMs: positive, reason: oneOf('samplerDown', 'sourceLost', 'suspended') }),
    100_000,
  ),
  notices: list(object({ id, message: text(1000), remedy: nullable(text(1000)) }), 100),
});

const mark: Check<EnergyMark> = object({ count: positive, timeMs: positive, energyJ: positive });

const finding: Check<StaticFinding> = object({
  rule: id,
  path: text(1000),
  line: positive,
  endLine: positive,
  message: text(1000),
  severity: oneOf('hint', 'information', 'warning', 'error'),
  confidence,
  regionHash: text(200),
  wasteKind: nullable(oneOf(...kinds)),
  fixTitle: nullable(text(200)),
});

const settingShape = object({
  interpreter: nullable(text(1000)),
  git: nullable(object({ commit: id, branch: nullable(text(200)), dirty: nullable(truth) })),
  timeZone: text(100),
});

const course = object({
  epochs: list(object({ timeMs: momentOfRun, epoch: positive, done: truth }), 1000),
  phases: list(object({ phase: text(40), fromMs: momentOfRun, toMs: momentOfRun }), 1000),
});

const setting: Check<RunSetting> = (value, at) => {
  const gridZone = gridZoneOf((value as { readonly gridZone?: unknown } | null)?.gridZone);
  return { ...settingShape(value, at), ...(gridZone === null ? {} : { gridZone }) };
};

const shownMarks = object({ stepMarks: list(object({ timeMs: positive, count: positive }), 1000) });

/**
 * @param nowMs since 1970: what starts later was not measured yet
 * @throws RunFileError
 */
export function checkRecord(value: unknown, nowMs = Date.now()): RunRecord {
  const checked = object({ run, stepMarks: list(mark, mostMarks), findings: list(finding, 10_000) })(
    value,
    '',
  );
  const { run: summary } = checked;
  if (summary.durationMs > longestMs) throw new RunFileError('run.durationMs is longer than a year.');
  checkStart(summary.startedAtMs, nowMs);
  const uuids = new Set(summary.devices.map(({ uuid }) => uuid));
  if (uuids.size < summary.devices.length) throw new RunFileError('run.devices names a device twice.');
  const given = (
    value as {
      readonly run: {
        readonly stepMarks?: unknown;
        readonly course?: unknown;
        readonly setting?: unknown;
        readonly note?: unknown;
        readonly tags?: unknown;
        readonly memoryHeadroom?: unknown;
        readonly heldAfter?: unknown;
      };
    }
  ).run;
  const marks = {
    ...(given.stepMarks === undefined ? {} : shownMarks(given, 'run')),
    ...(given.course === undefined ? {} : { course: course(given.course, 'run.course') }),
  };
  // Measured hints belong to the code on the machine that measured; here they would mark other text.
  const made = given.setting === undefined ? {} : { setting: setting(given.setting, 'run.setting') };
  const written = {
    ...(given.note === undefined ? {} : { note: text(2000)(given.note, 'run.note') }),
    ...(given.tags === undefined ? {} : { tags: list(text(40), 20)(given.tags, 'run.tags') }),
  };
  const headroom =
    given.memoryHeadroom === undefined
      ? {}
      : { memoryHeadroom: memoryHeadroom(given.memoryHeadroom, 'run.memoryHeadroom') };
  const held =
    given.heldAfter === undefined ? {} : { heldAfter: heldAfter(given.heldAfter, 'run.heldAfter') };
  const detail: RunDetail = { ...summary, ...marks, ...made, ...written, ...headroom, ...held, hints: [] };
  const whole = { ...checked, run: detail };
  checkDrawn(whole);
  return whole;
}

const record: Check<Readonly<Record<string, unknown>>> = (value, at) => {
  object({})(value, at);
  return value as Readonly<Record<string, unknown>>;
};

const column = list(nullable(number), mostSamples);

/**
 * Samples of one track. Metrics that this version does not know are left out.
 * @throws RunFileError
 */
export function checkBlock(value: unknown, at: string): RunBlock {
  const { track, timesMs, values } = object({
    track: id,
    timesMs: list(positive, mostSamples),
    values: record,
  })(value, at);
  if (timesMs.some((timeMs, index) => timeMs < (timesMs[index - 1] ?? 0) || timeMs > longestMs))
    throw new RunFileError(`${at}.timesMs does not ascend.`);
  const columns: Partial<Record<MetricId, readonly (number | null)[]>> = {};
  for (const metric of metricIds) {
    if (values[metric] === undefined) continue;
    const numbers = column(values[metric], `${at}.values.${metric}`);
    if (numbers.length !== timesMs.length)
      throw new RunFileError(
        `${at}.values.${metric} has ${numbers.length} values for ${timesMs.length} times.`,
      );
    if ((metrics[metric].owner === 'host') !== (track === 'host'))
      throw new RunFileError(`${at}.values.${metric} does not belong to ${track}.`);
    if (metrics[metric].unit === 'W' && numbers.some((watts) => (watts ?? 0) > mostPowerW))
      throw new RunFileError(
        `${at}.values.${metric} holds more than ${mostPowerW} W; correct it in the file.`,
      );
    columns[metric] = numbers;
  }
  return { track, timesMs, values: columns };
}
