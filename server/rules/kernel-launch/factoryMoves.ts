/** A tensor made by a `torch` factory on the host and moved to the device in the same expression. */

import { moveOf, speaksOfDevice } from '../../python/devices.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { Device } from '../../python/values.ts';

export interface FactoryMove {
  readonly factory: Call;
  /** `.to(device)` or `.cuda()`, the whole expression up to it. */
  readonly move: Call;
  /** The device it names; undefined for `.cuda()`. */
  readonly device: Expr | undefined;
  /** Draws numbers at random: the GPU draws others from the same seed. */
  readonly random: boolean;
}

const fills = /^torch\.(zeros|ones|full|empty|arange|linspace|logspace|eye)$/;
const draws = /^torch\.(rand|randn|randint|randperm|normal)$/;
/** Keep the device, and how the numbers are laid out is the device's business. */
const keepsDevice =
  /^(view|reshape|unsqueeze|squeeze|expand|expand_as|repeat|tile|t|transpose|permute|flatten|contiguous|requires_grad_|float|double|half|bfloat16|long|int|bool|byte)$/;

/** Gives the same numbers wherever it is done. */
const exact = /^([-+*/%]|\/\/)$/;
const fillsInPlace = /^(fill_|zero_)$/;
const drawsInPlace = /^(normal_|uniform_|random_|bernoulli_|exponential_|geometric_|log_normal_|cauchy_)$/;

export function factoryMove(program: Program, move: Call): FactoryMove | undefined {
  if (move.callee.kind !== 'Attribute' || !/^(to|cuda)$/.test(move.callee.name)) return undefined;
  const to = moveOf(program.machine, move, move.callee.name);
  if (to === undefined || to.dtype || (to.device & (Device.cuda | Device.some)) === 0) return undefined;
  const device = deviceOf(program, move);
  if (device === 'unclear') return undefined;
  const made = factoryBehind(program, move.callee.object);
  return made === undefined ? undefined : { ...made, move, device };
}

/** The one argument that is the device; 'unclear' where there is another that changes more than the device. */
function deviceOf(program: Program, move: Call): Expr | undefined | 'unclear' {
  const settings = move.keywords.filter((k) => k.name !== 'non_blocking');
  const given = [...move.args, ...settings.map((k) => k.value)];
  if (given.length > 1 || settings.some((k) => k.name !== 'device')) return 'unclear';
  const [device] = given;
  // Of another tensor the move takes the dtype too.
  const kind = device === undefined ? 'device' : program.valueOf(device).kind;
  const ofTensor =
    device !== undefined &&
    (kind === 'tensor' || (kind === 'unknown' && !speaksOfDevice(program.textOf(device))));
  return ofTensor ? 'unclear' : device;
}

interface Made {
  readonly factory: Call;
  readonly random: boolean;
}

/** The factory at the bottom of what the device could do as well: a change of layout, arithmetic with numbers, filling. */
function factoryBehind(program: Program, expr: Expr): Made | undefined {
  if (expr.kind === 'Binary') {
    if (!exact.test(expr.operator)) return undefined;
    const [made, other] = isNumber(program, expr.right) ? [expr.left, expr.right] : [expr.right, expr.left];
    return isNumber(program, other) ? factoryBehind(program, made) : undefined;
  }
  if (expr.kind === 'Subscript')
    return expr.indices.every(isLayout) ? factoryBehind(program, expr.object) : undefined;
  if (expr.kind !== 'Call') return undefined;
  const { callee } = expr;
  const { type } = program.valueOf(callee);
  if (fills.test(type) || draws.test(type))
    return isPlain(expr) ? { factory: expr, random: draws.test(type) } : undefined;
  if (callee.kind !== 'Attribute') return undefined;
  if (keepsDevice.test(callee.name)) return factoryBehind(program, callee.object);
  const drawn = drawsInPlace.test(callee.name);
  if (!drawn && !fillsInPlace.test(callee.name)) return undefined;
  if (expr.keywords.length > 0 || !expr.args.every((arg) => isNumber(program, arg))) return undefined;
  const made = factoryBehind(program, callee.object);
  return made === undefined ? undefined : { ...made, random: made.random || drawn };
}

const fewNumbers = 4;
const byLengths = /^torch\.(zeros|ones|full|empty|rand|randn)$/;

/** `torch.zeros(1)`: its length stands there, and is next to nothing. */
export function isTiny(program: Program, { factory }: FactoryMove): boolean {
  if (!byLengths.test(program.valueOf(factory.callee).type)) return false;
  const [first] = factory.args;
  const lengths = first?.kind === 'List' || first?.kind === 'Tuple' ? first.items : factory.args;
  const written = lengths.map((length) => (length.kind === 'Number' ? length.value : Number.NaN));
  return written.length > 0 && written.reduce((all, length) => all * length, 1) <= fewNumbers;
}

const isNumber = (program: Program, expr: Expr): boolean => program.valueOf(expr).kind === 'number';

/** `[None, :]`. */
const isLayout = (index: Expr): boolean =>
  index.kind === 'Slice' ||
  (index.kind === 'Literal' && (index.value === null || index.value === 'ellipsis'));

/** A device or a generator of its own is somebody's plan, and what cannot be seen may hold one. */
const isPlain = (factory: Call): boolean =>
  factory.keywords.every((k) => k.name !== null && !/^(device|generator|out|pin_memory)$/.test(k.name)) &&
  factory.args.every((a) => a.kind !== 'Starred');

/** Where the default device is set, the factory has made its tensor there. */
export const setsDefaultDevice = (program: Program): boolean =>
  /\bset_default_(device|tensor_type)\s*\(|\bwith\s+torch\.device\(/.test(program.text);
