/** The reading part of zeusd's HTTP interface over its Unix socket; see docs/zeusd/api.md of the Zeus project. */

import type { MissingReason } from '../../../contracts/provenance.ts';
import type { SourceDoor } from '../source.ts';

export interface ZeusdPlace {
  readonly socketPath: string;
  /** Where the daemon asks for one. */
  readonly token: string | null;
}

export class ZeusdError extends Error {
  override readonly name = 'ZeusdError';
  readonly reason: MissingReason;
  constructor(reason: MissingReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

const answerMs = 5_000;

type Answer = Readonly<Record<string, unknown>>;

function noAnswer(failed: string, timedOut: boolean, { socketPath }: ZeusdPlace): ZeusdError {
  if (timedOut) return new ZeusdError('timeout', 'zeusd did not answer in time');
  if (failed === 'EACCES' || failed === 'EPERM')
    return new ZeusdError('noPermission', `${socketPath} may not be opened by this user`);
  return new ZeusdError('notFound', `No zeusd answers at ${socketPath}`);
}

/** @throws ZeusdError */
async function ask(
  door: SourceDoor,
  place: ZeusdPlace,
  path: string,
  request = door.httpGet,
): Promise<Answer> {
  if (request === undefined) throw new ZeusdError('notSupported', 'This door has no sockets');
  const headers: Record<string, string> =
    place.token === null ? {} : { authorization: `Bearer ${place.token}` };
  const answer = await request(`http://zeusd${path}`, headers, answerMs, place.socketPath);
  if ('failed' in answer) throw noAnswer(answer.failed, answer.timedOut, place);
  const { status, text } = answer;
  if (status === 401 || status === 403) throw new ZeusdError('noPermission', 'zeusd asks for a token');
  // An API group that is switched off, and a question that the device does not know.
  if (status === 404 || status === 400) throw new ZeusdError('notSupported', `zeusd does not tell ${path}`);
  try {
    if (status === 200) return Object(JSON.parse(text)) as Answer;
  } catch {
    // Said below.
  }
  throw new ZeusdError(
    'badOutput',
    `zeusd answered ${path} with status ${status} and nothing that can be read`,
  );
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

const listOf = (value: unknown): readonly Answer[] =>
  Array.isArray(value) ? value.map((entry) => Object(entry) as Answer) : [];

export interface ZeusdGpu {
  readonly id: number;
  readonly name: string;
  /** Null from a daemon that does not tell it yet. */
  readonly pciAddress: string | null;
}

/** The GPUs of all makers. @throws ZeusdError */
export async function discover(door: SourceDoor, place: ZeusdPlace): Promise<readonly ZeusdGpu[]> {
  const { gpus } = await ask(door, place, '/discover');
  return listOf(gpus).flatMap(({ id, name, pci_address: pci }) => {
    const index = numberOf(id);
    if (index === undefined || typeof name !== 'string') return [];
    return [{ id: index, name: name.slice(0, 120), pciAddress: typeof pci === 'string' ? pci : null }];
  });
}

/** Values by device: `{"0": {"energy_mj": 5}}`. */
function byDevice(answer: Answer, key: string, scale: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const [id, entry] of Object.entries(answer)) {
    const value = numberOf((Object(entry) as Answer)[key]);
    if (value !== undefined) found.set(Number(id), value * scale);
  }
  return found;
}

const idsText = (ids: readonly number[]): string => `gpu_ids=${ids.join(',')}`;

/** Joules since the driver was loaded. One GPU without a counter fails the answer for all. @throws ZeusdError */
export async function gpuEnergyJ(
  door: SourceDoor,
  place: ZeusdPlace,
  ids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  return byDevice(await ask(door, place, `/gpu/get_cumulative_energy?${idsText(ids)}`), 'energy_mj', 1e-3);
}

/** Instant power. @throws ZeusdError */
export async function gpuPowerW(
  door: SourceDoor,
  place: ZeusdPlace,
  ids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const answer = await ask(door, place, `/gpu/get_power?${idsText(ids)}`);
  const found = new Map<number, number>();
  for (const [id, milliwatts] of Object.entries(Object(answer['power_mw']) as Answer)) {
    const value = numberOf(milliwatts);
    if (value !== undefined) found.set(Number(id), value / 1000);
  }
  return found;
}

/** @throws ZeusdError */
export async function gpuPowerLimitW(
  door: SourceDoor,
  place: ZeusdPlace,
  ids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  return byDevice(await ask(door, place, `/gpu/get_power_limit?${idsText(ids)}`), 'power_limit_mw', 1e-3);
}

export interface LimitBounds {
  readonly leastW: number;
  readonly mostW: number;
}

/** Between which limits a GPU can be set; undefined for one that does not tell. @throws ZeusdError */
export async function gpuPowerLimitBounds(
  door: SourceDoor,
  place: ZeusdPlace,
  id: number,
): Promise<LimitBounds | undefined> {
  const answer = await ask(door, place, `/gpu/get_power_limit_constraints?${idsText([id])}`);
  const leastW = byDevice(answer, 'min_power_limit_mw', 1e-3).get(id);
  const mostW = byDevice(answer, 'max_power_limit_mw', 1e-3).get(id);
  return leastW === undefined || mostW === undefined ? undefined : { leastW, mostW };
}

/** Done when it returns. @throws ZeusdError */
export async function setGpuPowerLimit(
  door: SourceDoor,
  place: ZeusdPlace,
  id: number,
  limitW: number,
): Promise<void> {
  const milliwatts = Math.round(limitW * 1000);
  const path = `/gpu/set_power_limit?${idsText([id])}&power_limit_mw=${milliwatts}&block=true`;
  await ask(door, place, path, door.httpPost);
}

/** Whether the daemon was started to change settings of GPUs, too. @throws ZeusdError */
export async function mayControlGpus(door: SourceDoor, place: ZeusdPlace): Promise<boolean> {
  const { enabled_api_groups: groups } = await ask(door, place, '/discover');
  return Array.isArray(groups) && groups.includes('gpu-control');
}

export interface CpuEnergies {
  readonly cpuJ: ReadonlyMap<number, number>;
  /** Of packages whose memory is counted by itself. */
  readonly memoryJ: ReadonlyMap<number, number>;
}

/** @throws ZeusdError */
export async function cpuEnergies(door: SourceDoor, place: ZeusdPlace): Promise<CpuEnergies> {
  const answer = await ask(door, place, '/cpu/get_cumulative_energy?cpu=true&dram=true');
  return {
    cpuJ: byDevice(answer, 'cpu_energy_uj', 1e-6),
    memoryJ: byDevice(answer, 'dram_energy_uj', 1e-6),
  };
}
