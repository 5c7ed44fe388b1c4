/** The charts on the panel's canvas, from top to bottom. */

import type { ChartSpec } from './chartSpec.ts';
import { power } from './power.ts';
import { utilization } from './utilization.ts';

export const charts: readonly ChartSpec[] = [power, utilization];
