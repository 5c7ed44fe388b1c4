/** A server on the loopback that answers like Prometheus: it "scrapes" a recorded page once a second from its start. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

const recorded = new URL('../../sampler/sources/prometheus.recorded/', import.meta.url);

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function exposition(name: string): readonly Row[] {
  const lines = readFileSync(new URL(`${name}.prom`, recorded), 'utf8').split('\n');
  return lines.flatMap((line): Row[] => {
    const match = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
    if (match === null) return [];
    const labels = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [
      key,
      value,
    ]);
    return [{ labels: { ...Object.fromEntries(labels), __name__: match[1] }, value: Number(match[3]) }];
  });
}

export interface FakePrometheus {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Every answer from now on; null answers properly again. */
  answer(fixed: { readonly status: number; readonly text: string; readonly location?: string } | null): void;
}

/**
 * Energies of a page grow by the power of the same GPU.
 * @param sinceS seconds before now at which the first scrape was
 * @param everyS seconds between two scrapes
 */
export async function fakePrometheus(
  context: TestContext,
  rows: readonly Row[],
  sinceS = 30,
  everyS = 1,
): Promise<FakePrometheus> {
  const startedS = Date.now() / 1000 - sinceS;
  const asked: string[] = [];
  let fixed: Parameters<FakePrometheus['answer']>[0] = null;
  const idOf = (labels: Row['labels']): string => labels['UUID'] ?? labels['serial_number'] ?? '';
  const powerNames = /^(DCGM_FI_DEV_POWER_USAGE|DCGM_FI_DEV_BOARD_POWER_WATTS|gpu_package_power)$/;
  const watts = new Map<string, number>();
  for (const { labels, value } of rows)
    if (powerNames.test(labels['__name__'] ?? ''))
      watts.set(idOf(labels), Math.max(value, watts.get(idOf(labels)) ?? 0));
  const unit: Readonly<Record<string, number>> = {
    DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: 1e3,
    gpu_energy_consumed: 1e6,
  };

  function matrix(names: RegExp, lastS: number, nowS: number): object[] {
    return rows.flatMap(({ labels, value }) => {
      const name = labels['__name__'] ?? '';
      if (!names.test(name)) return [];
      const values: [number, string][] = [];
      for (let timeS = startedS; timeS <= nowS; timeS += everyS) {
        if (timeS <= nowS - lastS) continue;
        const grown = value > 0 ? (watts.get(idOf(labels)) ?? 0) * (unit[name] ?? 0) * (timeS - startedS) : 0;
        values.push([Math.round(timeS * 1000) / 1000, String(value + grown)]);
      }
      return values.length === 0 ? [] : [{ metric: labels, values }];
    });
  }

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    asked.push(url.pathname);
    if (fixed !== null) {
      response
        .writeHead(fixed.status, fixed.location === undefined ? {} : { location: fixed.location })
        .end(fixed.text);
      return;
    }
    const text = url.searchParams.get('query') ?? '';
    const atS = Math.min(Date.now() / 1000, Number(url.searchParams.get('time') ?? Number.POSITIVE_INFINITY));
    const range = /^\{__name__=~"([^"]*)"\}\[(\d+)s\]$/.exec(text);
    const data =
      text === 'time()'
        ? { resultType: 'scalar', result: [Date.now() / 1000, String(Date.now() / 1000)] }
        : range === null
          ? null
          : { resultType: 'matrix', result: matrix(new RegExp(`^(?:${range[1]})$`), Number(range[2]), atS) };
    const body =
      data === null
        ? { status: 'error', errorType: 'bad_data', error: 'parse error' }
        : { status: 'success', data };
    response
      .writeHead(data === null ? 400 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  }

  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answer(next) {
      fixed = next;
    },
  };
}
