import type { Frame } from 'playwright-core';
import { until } from '../../tools/until.ts';
import type { Workbench } from './harness/workbench.ts';

/** What the panel's page says it shows: the data attributes of its root. */
export interface PanelFacts {
  readonly runId: string | null;
  readonly runState: string | null;
  readonly simulated: boolean;
  readonly lastMs: number;
  readonly points: number;
  readonly energyJ: number;
  readonly perStepJ: number | null;
  readonly waste: Readonly<Record<string, number>>;
  readonly verdict: string | null;
  readonly empty: string | null;
}

export class EnergyPanel {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  frame(): Promise<Frame> {
    return this.#workbench.webviewFrame('#perjoule-panel', 60_000);
  }

  async facts(): Promise<PanelFacts> {
    const frame = await this.frame();
    const data = await frame.locator('#perjoule-panel').evaluate((root) => ({ ...root.dataset }));
    const number = (text: string | undefined): number => (text === undefined ? Number.NaN : Number(text));
    return {
      runId: data['runId'] ?? null,
      runState: data['runState'] ?? null,
      simulated: data['simulated'] === 'true',
      lastMs: number(data['lastMs']),
      points: number(data['points']),
      energyJ: number(data['energyJ']),
      perStepJ: data['perStepJ'] === undefined ? null : Number(data['perStepJ']),
      waste: Object.fromEntries(
        (data['waste'] ?? '')
          .split(' ')
          .filter((pair) => pair !== '')
          .map((pair) => pair.split('='))
          .map(([kind = '', energyJ]) => [kind, Number(energyJ)]),
      ),
      verdict: data['verdict'] ?? null,
      empty: data['empty'] ?? null,
    };
  }

  /** Waits until the page shows what `accept` wants; a page that is being replaced counts as not yet. */
  waitFor(what: string, accept: (facts: PanelFacts) => boolean, timeoutMs = 30_000): Promise<PanelFacts> {
    let last: unknown;
    return until(
      what,
      async () => {
        try {
          const facts = await this.facts();
          last = facts;
          return accept(facts) && facts;
        } catch (error) {
          last = String(error);
          return undefined;
        }
      },
      timeoutMs,
      () => last,
    );
  }

  async text(): Promise<string> {
    return (await this.frame()).locator('#perjoule-panel').innerText();
  }
}
