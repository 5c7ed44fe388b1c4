/** A server on a Unix socket that answers as zeusd does, from a recorded file; its energy counters grow by the power. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

interface Recorded {
  readonly status: number;
  readonly body: unknown;
}
type Answers = Readonly<Record<string, Recorded>>;
type Numbers = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

export interface FakeZeusd {
  readonly socketPath: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Power limits that were set, milliwatts by device. */
  readonly limitsMw: ReadonlyMap<string, number>;
  /** The headers of the newest question. */
  headers(): IncomingMessage['headers'];
  /** Every answer from now on; `silence` gives none, null answers properly again. */
  answer(fixed: { readonly status: number; readonly text: string } | 'silence' | null): void;
  close(): void;
}

const recorded = new URL('../../sampler/sources/zeusd.recorded/', import.meta.url);

/** @param token what the daemon wants to be shown; then its answers are those of `a40-v100` */
export async function fakeZeusd(
  context: Pick<TestContext, 'after'>,
  folder: string,
  name: string,
  token?: string,
): Promise<FakeZeusd> {
  const read = (file: string): Answers =>
    JSON.parse(readFileSync(new URL(`${file}.json`, recorded), 'utf8')) as Answers;
  const startedMs = performance.now();
  const asked: string[] = [];
  let headers: IncomingMessage['headers'] = {};
  const limitsMw = new Map<string, number>();
  let fixed: Parameters<FakeZeusd['answer']>[0] = null;

  /** The energies of the file, grown since the start. */
  function energies(path: string, answers: Answers, ids: readonly string[] | null): Recorded {
    const stands = answers[path];
    if (stands === undefined || stands.status !== 200) return stands ?? { status: 404, body: {} };
    const seconds = (performance.now() - startedMs) / 1000;
    const power = Object(answers[path.replace('cumulative_energy', 'power')]?.body)['power_mw'] as Record<
      string,
      number | Readonly<Record<string, number | null>>
    >;
    const body: Record<string, Record<string, number | null>> = {};
    for (const id of ids ?? Object.keys(stands.body as Numbers)) {
      const counters = (stands.body as Numbers)[id];
      const milliwatts = power[id];
      // One device without a counter fails the whole answer, as the daemon has it.
      if (counters === undefined || milliwatts === undefined)
        return { status: 400, body: { errors: { [id]: 'NVML error: this operation is not supported' } } };
      const of = (key: string): number =>
        typeof milliwatts === 'number' ? milliwatts : (milliwatts[key.replace('energy_uj', 'mw')] ?? 0);
      body[id] = Object.fromEntries(
        Object.entries(counters).map(([key, value]) => {
          const perSecond = key.endsWith('_uj') ? of(key) * 1000 : of(key);
          return [key, value === null ? null : Math.round(value + perSecond * seconds)];
        }),
      );
    }
    return { status: 200, body };
  }

  function setLimits(method: string, search: URLSearchParams, ids: readonly string[]): Recorded {
    const milliwatts = Number(search.get('power_limit_mw'));
    if (method !== 'POST' || ids.length === 0 || !(milliwatts > 0)) return { status: 405, body: {} };
    for (const id of ids) limitsMw.set(id, milliwatts);
    return { status: 200, body: {} };
  }

  function withSetLimits({ status, body }: Recorded): Recorded {
    const set = [...limitsMw].map(([id, milliwatts]) => [id, { power_limit_mw: milliwatts }]);
    return { status, body: { ...Object(body), ...Object.fromEntries(set) } };
  }

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://zeusd');
    asked.push(url.pathname);
    headers = request.headers;
    if (fixed === 'silence') return;
    if (fixed !== null) {
      response.writeHead(fixed.status).end(fixed.text);
      return;
    }
    const answers =
      token !== undefined && headers.authorization === `Bearer ${token}` ? read('a40-v100') : read(name);
    const ids = url.searchParams.get('gpu_ids')?.split(',') ?? null;
    const stands = answers[url.pathname] ?? { status: 404, body: {} };
    const { status, body } =
      url.pathname === '/gpu/set_power_limit'
        ? setLimits(request.method ?? '', url.searchParams, ids ?? [])
        : url.pathname.endsWith('/get_cumulative_energy')
          ? energies(url.pathname, answers, ids)
          : url.pathname === '/gpu/get_power_limit'
            ? withSetLimits(stands)
            : stands;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const server = createServer(respond);
  const socketPath = join(folder, 'zeusd.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  context.after(close);
  return {
    socketPath,
    asked,
    limitsMw,
    headers: () => headers,
    answer(next) {
      fixed = next;
    },
    close,
  };
}
