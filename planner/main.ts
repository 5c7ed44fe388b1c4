/** The thread that solves a pipeline plan beside the extension host: a large one takes seconds, and ends with the thread. */

import { parentPort } from 'node:worker_threads';
import type { PlannerAnswer, PlannerRequest } from '../contracts/pipelinePlan.ts';
import { Planner } from './planner.ts';

const answer = (message: PlannerAnswer): void => parentPort?.postMessage(message);
const planner = new Planner(answer, () => performance.now());

parentPort?.on('message', (request: PlannerRequest) => planner.handle(request));
