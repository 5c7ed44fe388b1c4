/** A real Prometheus that scrapes recorded pages of exporters from a server of the test, all on ports of the system. */

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from './samplerHarness.ts';

/** `.ci/run` unpacks Debian's where it can and names it so. */
const program = process.env['PERJOULE_TEST_PROMETHEUS'] ?? 'prometheus';

/** Why no real server can be had here; false where one can. */
export const noPrometheus = ((): string | false => {
  const { status, stderr, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 && /prometheus, version/.test(`${stdout}${stderr}`)
    ? false
    : 'no Prometheus on this machine (.ci/run unpacks the package of Debian where it can)';
})();

const recorded = new URL('../../sampler/sources/prometheus.recorded/', import.meta.url);
const powerOf = /^(?:DCGM_FI_DEV_POWER_USAGE|DCGM_FI_DEV_BOARD_POWER_WATTS|gpu_package_power)$/;
/** What a joule is in the unit of the counter. */
const perJoule: Readonly<Record<string, number>> = {
  DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: 1e3,
  gpu_energy_consumed: 1e6,
};
const idOf = (labels: string): string => /(?:UUID|serial_number)="([^"]*)"/.exec(labels)?.[1] ?? '';

/** The page as it is so many seconds after its recording: energies have grown by the power of the same GPU. */
function grown(page: string, seconds: number): string {
  const row = /^(\w+)(\{.*\}) (\S+)$/;
  const lines = page.split('\n');
  const watts = new Map<string, number>();
  for (const line of lines) {
    const [, name = '', labels = '', value = ''] = row.exec(line) ?? [];
    if (powerOf.test(name)) watts.set(idOf(labels), Math.max(Number(value), watts.get(idOf(labels)) ?? 0));
  }
  return lines
    .map((line) => {
      const [, name = '', labels = '', value = ''] = row.exec(line) ?? [];
      const unit = perJoule[name];
      if (unit === undefined || Number(value) <= 0) return line;
      const added = Math.round((watts.get(idOf(labels)) ?? 0) * unit * seconds);
      return `${name}${labels} ${Number(value) + added}`;
    })
    .join('\n');
}

export interface RealPrometheus {
  readonly url: string;
  /** When each page of this name was fetched, seconds since its recording: a busy server may come late. */
  scrapes(name: string): readonly number[];
}

/** Scrapes once a second. Each page is that of another machine: they are recorded of the same one. */
export async function realPrometheus(
  context: Pick<TestContext, 'after'>,
  folder: string,
  pages: Readonly<Record<string, string>>,
): Promise<RealPrometheus> {
  const startedMs = performance.now();
  const scrapes = new Map<string, number[]>();
  const exporter = createServer((request, response) => {
    const name = (request.url ?? '').slice(1);
    const node = pages[name];
    if (node === undefined) {
      response.writeHead(404).end();
      return;
    }
    const page = readFileSync(new URL(`${name}.prom`, recorded), 'utf8');
    const seconds = (performance.now() - startedMs) / 1000;
    scrapes.set(name, [...(scrapes.get(name) ?? []), seconds]);
    const text = grown(page, seconds);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(text.replaceAll(/(H|h)ostname="[^"]*"/g, `$1ostname="${node}"`));
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const { port } = exporter.address() as AddressInfo;
  const jobs = Object.keys(pages).map((name) => ({
    job_name: name,
    metrics_path: `/${name}`,
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  }));
  const config = join(folder, 'prometheus.json');
  // JSON is YAML too.
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: jobs }));
  const server = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  context.after(() => {
    server.kill('SIGKILL');
    exporter.closeAllConnections();
    exporter.close();
  });
  const url = await until(`Prometheus to listen: ${log}`, () => {
    const found = /msg="Listening on" address=(127\.0\.0\.1:\d+)/.exec(log)?.[1];
    return found !== undefined && /Server is ready/.test(log) ? `http://${found}` : null;
  });
  return { url, scrapes: (name) => scrapes.get(name) ?? [] };
}
