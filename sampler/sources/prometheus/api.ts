/** The part of Prometheus' HTTP interface that is needed, and of those that speak like it: Thanos, Mimir, VictoriaMetrics. */

import type { MissingReason } from '../../../contracts/provenance.ts';
import type { SourceDoor } from '../source.ts';

export type Labels = Readonly<Record<string, string>>;

/** One series with its raw or stepped values; times in seconds since 1970, as the server has them. */
export interface Series {
  readonly labels: Labels;
  readonly points: readonly (readonly [timeS: number, value: number])[];
}

export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  readonly reason: MissingReason;
  constructor(reason: MissingReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface PrometheusAddress {
  /** Without a slash at its end; may hold a path, as behind Grafana or Mimir. */
  readonly base: string;
  readonly authorization: string | null;
  /** For people: without user and password. */
  readonly shown: string;
}

/** Null for anything but an http or https address. */
export function parseAddress(text: string): PrometheusAddress | null {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const user = decodeURIComponent(url.username);
  const secret = decodeURIComponent(url.password);
  const base = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
  const encoded = Buffer.from(`${user}:${secret}`).toString('base64');
  return { base, authorization: user === '' ? null : `Basic ${encoded}`, shown: base };
}

const answerMs = 10_000;

async function ask(
  door: SourceDoor,
  address: PrometheusAddress,
  path: string,
  parameters: Labels,
): Promise<{ readonly resultType?: unknown; readonly result?: unknown }> {
  if (door.httpGet === undefined) throw new PrometheusError('notSupported', 'This door has no network.');
  const headers = address.authorization === null ? {} : { authorization: address.authorization };
  const url = `${address.base}/api/v1/${path}?${new URLSearchParams(parameters)}`;
  const answer = await door.httpGet(url, headers, answerMs);
  if ('failed' in answer)
    throw new PrometheusError(
      answer.timedOut ? 'timeout' : 'notFound',
      `It did not answer (${answer.failed})`,
    );
  if (answer.status === 401 || answer.status === 403)
    throw new PrometheusError('noPermission', `It refused us with status ${answer.status}`);
  let body: { status?: unknown; data?: unknown; error?: unknown };
  try {
    body = Object(JSON.parse(answer.text));
  } catch {
    throw new PrometheusError('badOutput', `It answered with status ${answer.status} and no JSON`);
  }
  if (body.status !== 'success')
    throw new PrometheusError(
      'badOutput',
      `It refused the query: ${String(body.error ?? answer.status).slice(0, 200)}`,
    );
  return Object(body.data);
}

/** Seconds since 1970 by the server's own clock. @throws PrometheusError */
export async function serverTimeS(door: SourceDoor, address: PrometheusAddress): Promise<number> {
  const { result } = await ask(door, address, 'query', { query: 'time()' });
  const timeS = Array.isArray(result) ? Number(result[1]) : Number.NaN;
  if (!Number.isFinite(timeS)) throw new PrometheusError('badOutput', 'It answered "time()" with no number');
  return timeS;
}

/**
 * Values at an instant; with a range selector, the raw samples of that range.
 * @param atS the instant, seconds since 1970; now by default
 * @throws PrometheusError
 */
export async function query(
  door: SourceDoor,
  address: PrometheusAddress,
  text: string,
  atS?: number,
): Promise<readonly Series[]> {
  const at = atS === undefined ? {} : { time: atS.toFixed(3) };
  return seriesOf(await ask(door, address, 'query', { query: text, ...at }));
}

function seriesOf({
  resultType,
  result,
}: {
  readonly resultType?: unknown;
  readonly result?: unknown;
}): readonly Series[] {
  if (!Array.isArray(result) || (resultType !== 'matrix' && resultType !== 'vector'))
    throw new PrometheusError('badOutput', 'It answered with another kind of result');
  return result.map((entry): Series => {
    const { metric, values, value } = Object(entry) as {
      metric?: unknown;
      values?: unknown;
      value?: unknown;
    };
    const pairs = Array.isArray(values) ? values : [value];
    const points = pairs.flatMap((pair): [number, number][] => {
      // Values are texts; "NaN" and "+Inf" are no readings.
      const [timeS, text] = Array.isArray(pair) ? pair : [];
      const number = typeof text === 'string' ? Number(text) : Number.NaN;
      return typeof timeS === 'number' && Number.isFinite(number) ? [[timeS, number]] : [];
    });
    return { labels: Object(metric) as Labels, points };
  });
}
