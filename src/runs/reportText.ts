import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';

/** The report of a run in Markdown, with carbon where the user gave an intensity; null for a run that is gone. */
export async function reportText(link: SamplerLink, runId: string): Promise<string | null> {
  const grams = setting('perjoule.runs.carbonIntensity');
  const report = await link.request('report', { runId, intensity: grams > 0 ? grams : null });
  return report?.markdown ?? null;
}
