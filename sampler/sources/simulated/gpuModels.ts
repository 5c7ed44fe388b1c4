/**
 * What the simulator knows of each GPU model. An extract of the project's collection of published figures;
 * where they come from and under which licence stands in THIRD_PARTY_NOTICES.md.
 *
 * Each model says how its figures were obtained. A figure nobody published is assumed, and says so.
 */

import { type CappedLoad, type ChipCurve, cappedLoad, type Load } from './cappedLoad.ts';
import type { SensorClassId } from './sensorClasses.ts';

export interface GpuModelBasis {
  /** Read from a public capture of a real board, or assumed. */
  readonly idle: 'measured' | 'assumed';
  readonly contextIdle: 'measured' | 'assumed';
  /** Fitted to public power-cap measurements of this model, or scaled from the fits of other models. */
  readonly load: 'fitted' | 'scaled';
}

export interface GpuModel {
  readonly name: string;
  readonly sensor: SensorClassId;
  readonly memoryMiB: number;
  /** Default power limit, and between which ones it can be set. */
  readonly limitW: number;
  readonly leastLimitW: number;
  readonly mostLimitW: number;
  /** Draw with nothing open. */
  readonly idleW: number;
  /** Draw with a context open and no kernel running. */
  readonly contextIdleW: number;
  /** Draw that a running kernel adds to before it does any work. */
  readonly staticW: number;
  /** Draw of steady training at full clock. */
  readonly trainingW: number;
  /** How clock and voltage follow a power limit; of a model with a scaled load this is scaled too. */
  readonly curve: Omit<ChipCurve, 'staticW'> & Pick<Load, 'phaseSpread'>;
  readonly idleClockMHz: number;
  readonly maxClockMHz: number;
  /** Whether the chip counts its own energy. */
  readonly energyCounter: boolean;
  readonly consumer: boolean;
  readonly basis: GpuModelBasis;
}

const table = {
  t4: {
    name: 'Tesla T4',
    sensor: 'Turing',
    memoryMiB: 15360,
    limitW: 70,
    leastLimitW: 60,
    mostLimitW: 70,
    idleW: 10,
    contextIdleW: 27,
    staticW: 20,
    trainingW: 69,
    curve: { phaseSpread: 0.3, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 300,
    maxClockMHz: 1590,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'scaled' },
  },
  'p100-pcie-16': {
    name: 'Tesla P100-PCIE-16GB',
    sensor: 'Pascal',
    memoryMiB: 16384,
    limitW: 250,
    leastLimitW: 125,
    mostLimitW: 250,
    idleW: 26.16,
    contextIdleW: 30,
    staticW: 60,
    trainingW: 170,
    curve: { phaseSpread: 0.6, kneeClock: 0.84, leastVoltage: 0.91, leastClock: 0.05 },
    idleClockMHz: 210,
    maxClockMHz: 1328,
    energyCounter: false,
    consumer: false,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'fitted' },
  },
  'v100-pcie': {
    name: 'Tesla V100-PCIE',
    sensor: 'Volta',
    memoryMiB: 16384,
    limitW: 250,
    leastLimitW: 100,
    mostLimitW: 250,
    idleW: 25,
    contextIdleW: 36,
    staticW: 45,
    trainingW: 225,
    curve: { phaseSpread: 0.47, kneeClock: 0.8, leastVoltage: 0.84, leastClock: 0.17 },
    idleClockMHz: 210,
    maxClockMHz: 1380,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'measured', load: 'fitted' },
  },
  'v100-sxm2-32': {
    name: 'Tesla V100-SXM2-32GB',
    sensor: 'Volta',
    memoryMiB: 32510,
    limitW: 300,
    leastLimitW: 150,
    mostLimitW: 300,
    idleW: 42,
    contextIdleW: 56.58,
    staticW: 50,
    trainingW: 285,
    curve: { phaseSpread: 0.47, kneeClock: 0.8, leastVoltage: 0.84, leastClock: 0.17 },
    idleClockMHz: 135,
    maxClockMHz: 1530,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'measured', load: 'scaled' },
  },
  'quadro-rtx-6000': {
    name: 'Quadro RTX 6000',
    sensor: 'Turing',
    memoryMiB: 24576,
    limitW: 260,
    leastLimitW: 100,
    mostLimitW: 260,
    idleW: 30,
    contextIdleW: 55,
    staticW: 75,
    trainingW: 270,
    curve: { phaseSpread: 0.8, kneeClock: 0.75, leastVoltage: 0.7, leastClock: 0.107 },
    idleClockMHz: 210,
    maxClockMHz: 2100,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'measured', load: 'fitted' },
  },
  'rtx-2080-super': {
    name: 'NVIDIA GeForce RTX 2080 SUPER',
    sensor: 'Turing',
    memoryMiB: 8192,
    limitW: 250,
    leastLimitW: 105,
    mostLimitW: 350,
    idleW: 39.2,
    contextIdleW: 65,
    staticW: 60,
    trainingW: 245,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 300,
    maxClockMHz: 2145,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-3060': {
    name: 'NVIDIA GeForce RTX 3060',
    sensor: 'Ampere-GA10x',
    memoryMiB: 12288,
    limitW: 170,
    leastLimitW: 100,
    mostLimitW: 190,
    idleW: 11.6,
    contextIdleW: 41.6,
    staticW: 40,
    trainingW: 168,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2100,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-3080': {
    name: 'NVIDIA GeForce RTX 3080',
    sensor: 'Ampere-GA10x',
    memoryMiB: 10240,
    limitW: 320,
    leastLimitW: 100,
    mostLimitW: 336,
    idleW: 22.78,
    contextIdleW: 52.78,
    staticW: 80,
    trainingW: 318,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2100,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-3090': {
    name: 'NVIDIA GeForce RTX 3090',
    sensor: 'Ampere-GA10x',
    memoryMiB: 24576,
    limitW: 350,
    leastLimitW: 100,
    mostLimitW: 375,
    idleW: 27.2,
    contextIdleW: 57.2,
    staticW: 90,
    trainingW: 345,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2100,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-4080-super': {
    name: 'NVIDIA GeForce RTX 4080 SUPER',
    sensor: 'Ada',
    memoryMiB: 16376,
    limitW: 320,
    leastLimitW: 150,
    mostLimitW: 400,
    idleW: 26.2,
    contextIdleW: 56.2,
    staticW: 60,
    trainingW: 300,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 3165,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-4090': {
    name: 'NVIDIA GeForce RTX 4090',
    sensor: 'Ada',
    memoryMiB: 24564,
    limitW: 450,
    leastLimitW: 150,
    mostLimitW: 600,
    idleW: 26.84,
    contextIdleW: 56.84,
    staticW: 75,
    trainingW: 420,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 3105,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-4000-sff-ada': {
    name: 'NVIDIA RTX 4000 SFF Ada Generation',
    sensor: 'Ada',
    memoryMiB: 20475,
    limitW: 70,
    leastLimitW: 30,
    mostLimitW: 70,
    idleW: 8.8,
    contextIdleW: 25,
    staticW: 20,
    trainingW: 69,
    curve: { phaseSpread: 0.3, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2000,
    energyCounter: true,
    consumer: true,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  l40s: {
    name: 'NVIDIA L40S',
    sensor: 'Ada',
    memoryMiB: 46068,
    limitW: 350,
    leastLimitW: 100,
    mostLimitW: 350,
    idleW: 35,
    contextIdleW: 90,
    staticW: 85,
    trainingW: 340,
    curve: { phaseSpread: 0.6, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2520,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'scaled' },
  },
  a10g: {
    name: 'NVIDIA A10G',
    sensor: 'Ampere-GA10x',
    memoryMiB: 23028,
    limitW: 300,
    leastLimitW: 100,
    mostLimitW: 300,
    idleW: 25.58,
    contextIdleW: 55.58,
    staticW: 60,
    trainingW: 280,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 1710,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  a40: {
    name: 'NVIDIA A40',
    sensor: 'Ampere-GA10x',
    memoryMiB: 46068,
    limitW: 300,
    leastLimitW: 100,
    mostLimitW: 300,
    idleW: 30,
    contextIdleW: 82,
    staticW: 81,
    trainingW: 265,
    curve: { phaseSpread: 0.6, kneeClock: 0.85, leastVoltage: 0.87, leastClock: 0.21 },
    idleClockMHz: 210,
    maxClockMHz: 1740,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'measured', load: 'fitted' },
  },
  'a100-pcie-80': {
    name: 'NVIDIA A100 80GB PCIe',
    sensor: 'Ampere-GA100',
    memoryMiB: 81920,
    limitW: 300,
    leastLimitW: 150,
    mostLimitW: 300,
    idleW: 45,
    contextIdleW: 60,
    staticW: 97,
    trainingW: 360,
    curve: { phaseSpread: 0.79, kneeClock: 0.65, leastVoltage: 0.76, leastClock: 0.125 },
    idleClockMHz: 210,
    maxClockMHz: 1410,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'fitted' },
  },
  'a100-sxm4-40': {
    name: 'NVIDIA A100-SXM4-40GB',
    sensor: 'Ampere-GA100',
    memoryMiB: 40960,
    limitW: 400,
    leastLimitW: 100,
    mostLimitW: 400,
    idleW: 66.92,
    contextIdleW: 85,
    staticW: 75,
    trainingW: 400,
    curve: { phaseSpread: 0.5, kneeClock: 0.775, leastVoltage: 0.82, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 1410,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  'a100-sxm4-80': {
    name: 'NVIDIA A100-SXM4-80GB',
    sensor: 'Ampere-GA100',
    memoryMiB: 81920,
    limitW: 400,
    leastLimitW: 100,
    mostLimitW: 400,
    idleW: 67.03,
    contextIdleW: 85,
    staticW: 50,
    trainingW: 475,
    curve: { phaseSpread: 0.3, kneeClock: 0.775, leastVoltage: 0.83, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 1410,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'fitted' },
  },
  'h100-sxm-80': {
    name: 'NVIDIA H100 80GB HBM3',
    sensor: 'Hopper',
    memoryMiB: 81559,
    limitW: 700,
    leastLimitW: 200,
    mostLimitW: 700,
    idleW: 69.85,
    contextIdleW: 115,
    staticW: 130,
    trainingW: 640,
    curve: { phaseSpread: 0.6, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 345,
    maxClockMHz: 1980,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  h200: {
    name: 'NVIDIA H200',
    sensor: 'Hopper',
    memoryMiB: 143771,
    limitW: 700,
    leastLimitW: 200,
    mostLimitW: 700,
    idleW: 77.7,
    contextIdleW: 120,
    staticW: 135,
    trainingW: 630,
    curve: { phaseSpread: 0.6, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 345,
    maxClockMHz: 1980,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'measured', contextIdle: 'assumed', load: 'scaled' },
  },
  b200: {
    name: 'NVIDIA B200',
    sensor: 'Blackwell',
    memoryMiB: 196608,
    limitW: 1000,
    leastLimitW: 400,
    mostLimitW: 1200,
    idleW: 130,
    contextIdleW: 190,
    staticW: 190,
    trainingW: 900,
    curve: { phaseSpread: 0.6, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 345,
    maxClockMHz: 2100,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'scaled' },
  },
  gb200: {
    name: 'NVIDIA GB200',
    sensor: 'Blackwell',
    memoryMiB: 196608,
    limitW: 1000,
    leastLimitW: 400,
    mostLimitW: 1200,
    idleW: 145,
    contextIdleW: 200,
    staticW: 210,
    trainingW: 950,
    curve: { phaseSpread: 0.6, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2000,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'scaled' },
  },
  gb300: {
    name: 'NVIDIA GB300',
    sensor: 'Blackwell',
    memoryMiB: 294912,
    limitW: 1400,
    leastLimitW: 500,
    mostLimitW: 1400,
    idleW: 175,
    contextIdleW: 230,
    staticW: 240,
    trainingW: 1250,
    curve: { phaseSpread: 0.6, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2000,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'scaled' },
  },
  'rtx-pro-6000-blackwell': {
    name: 'NVIDIA RTX PRO 6000 Blackwell',
    sensor: 'Blackwell',
    memoryMiB: 97887,
    limitW: 600,
    leastLimitW: 150,
    mostLimitW: 600,
    idleW: 30,
    contextIdleW: 60,
    staticW: 100,
    trainingW: 580,
    curve: { phaseSpread: 0.5, kneeClock: 0.72, leastVoltage: 0.8, leastClock: 0.15 },
    idleClockMHz: 210,
    maxClockMHz: 2000,
    energyCounter: true,
    consumer: false,
    basis: { idle: 'assumed', contextIdle: 'assumed', load: 'scaled' },
  },
} as const satisfies Record<string, GpuModel>;

export type GpuModelId = keyof typeof table;
export const gpuModels: Readonly<Record<GpuModelId, GpuModel>> = table;
export const gpuModelIds = Object.keys(table) as readonly GpuModelId[];

export const defaultGpu = 'h100-sxm-80' satisfies GpuModelId;

/** The devices of a simulated machine: `h100-sxm`, `rtx-4090*2`. A name may be the start of an id. */
export function parseGpus(text: string): { readonly model: GpuModelId; readonly count: number } | null {
  const match = /^\s*([\w.-]+)\s*(?:\*\s*(\d{1,2}))?\s*$/.exec(text.toLowerCase());
  const name = match?.[1];
  if (name === undefined) return null;
  const model = gpuModelIds.find((id) => id === name) ?? gpuModelIds.find((id) => id.startsWith(`${name}-`));
  const count = Number(match?.[2] ?? 1);
  return model === undefined || count < 1 || count > 16 ? null : { model, count };
}

/** Of steady training of large language models. */
const clockSensitivity = 0.85;

function loadUnder(model: GpuModel, intensity: number, limitW: number): CappedLoad {
  const { staticW, curve } = model;
  const naturalW = Math.max(model.contextIdleW, staticW + intensity * (model.trainingW - staticW));
  const { phaseSpread } = curve;
  return cappedLoad({ ...curve, staticW }, { naturalW, phaseSpread, clockSensitivity }, limitW);
}

export interface LoadUnderLimit {
  /** True mean draw, watts. */
  readonly powerW: number;
  /** Whether the limit slows the work down. */
  readonly held: boolean;
}

/** A kernel of the given intensity (0–1) under a power limit. */
export function loadAt(model: GpuModel, intensity: number, limitW: number): LoadUnderLimit {
  const { meanPowerW, speed } = loadUnder(model, intensity, limitW);
  return { powerW: Math.max(model.contextIdleW, meanPowerW), held: speed < 1 };
}

/** True mean draw under the default limit, watts. */
export const loadPowerW = (model: GpuModel, intensity: number): number =>
  loadAt(model, intensity, model.limitW).powerW;

/** How many times as long such a kernel takes as under the default limit. */
export const limitStretch = (model: GpuModel, intensity: number, limitW: number): number =>
  loadUnder(model, intensity, model.limitW).speed / loadUnder(model, intensity, limitW).speed;
