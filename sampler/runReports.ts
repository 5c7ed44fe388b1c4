/** Pages about runs: the report of one, and the ledger of what all of them have saved. */

import { pinnedBaseline } from '../contracts/pinnedBaseline.ts';
import { provenanceTag } from '../contracts/provenance.ts';
import type { RunReport } from '../contracts/report.ts';
import type { Comparison, RunSummary } from '../contracts/runs.ts';
import type { SavingsLedger } from '../contracts/savings.ts';
import { productVersion } from '../contracts/version.ts';
import { reportMarkdown } from '../insight/report/reportMarkdown.ts';
import { runReport } from '../insight/report/runReport.ts';
import { savingsMarkdown } from '../insight/report/savingsMarkdown.ts';
import { sidesMarkdown } from '../insight/report/sidesMarkdown.ts';
import { type HeldRun, heldRuns, savingsLedger } from '../insight/savings/savingsLedger.ts';
import type { RunQueries } from './runQueries.ts';

const runsLooked = 1000;

export class RunReports {
  readonly #queries: RunQueries;
  /** Of runs that are over, by both ids: nothing of them changes any more. */
  readonly #compared = new Map<string, Comparison>();

  constructor(queries: RunQueries) {
    this.#queries = queries;
  }

  /** @param intensity g CO2e for each kWh as configured, null for none. Null for a run that is not there. */
  report(
    runId: string,
    intensity: number | null,
  ): { readonly report: RunReport; readonly markdown: string } | null {
    const run = this.#queries.detail(runId);
    if (run === null) return null;
    const baseline = pinnedBaseline(run, this.#queries.list(runsLooked));
    const report = runReport(run, {
      intensity: intensity !== null && Number.isFinite(intensity) && intensity >= 0 ? intensity : null,
      comparison: baseline === undefined ? null : this.#queries.compare(baseline.runId, runId),
      productVersion,
    });
    return { report, markdown: reportMarkdown(report) };
  }

  /** Several runs against several. @throws Error for a run that does not exist */
  sides(baselineRunIds: readonly string[], runIds: readonly string[]): { readonly markdown: string } {
    const qualities = [baselineRunIds, runIds].map((ids) => {
      const tags = ids.map((runId) => provenanceTag(this.#queries.detail(runId)?.totals.provenance ?? null));
      return [...new Set(tags)].join(', ');
    });
    const compared = this.#queries.compareSides(baselineRunIds, runIds);
    return { markdown: `# Several runs against several\n\n${sidesMarkdown(compared, qualities)}` };
  }

  /** A comparison takes milliseconds: readings that are due come between them. */
  async savings(): Promise<{ readonly ledger: SavingsLedger; readonly markdown: string }> {
    const runs = this.#queries.list(runsLooked);
    const held: HeldRun[] = [];
    const deleted = this.#queries.deletedBaselines();
    for (const pair of heldRuns(runs, deleted)) {
      const comparison = await this.#comparison(pair.baseline, pair.run);
      if (comparison !== null) held.push({ ...pair, comparison });
    }
    const ledger = savingsLedger(runs, held, deleted, Math.max(0, this.#queries.count() - runs.length));
    return { ledger, markdown: savingsMarkdown(ledger) };
  }

  /** Null where one of them was deleted meanwhile. */
  async #comparison(baseline: RunSummary, run: RunSummary): Promise<Comparison | null> {
    const key = `${baseline.runId} ${run.runId}`;
    const known = this.#compared.get(key);
    if (known !== undefined) return known;
    await new Promise((resolve) => setImmediate(resolve));
    try {
      const comparison = this.#queries.compare(baseline.runId, run.runId);
      this.#compared.set(key, comparison);
      return comparison;
    } catch {
      return null;
    }
  }
}
