/** Answers about one profile at a time; what was solved last is kept for the questions that follow. */

import type { PipelineShape, PlannerAnswer, PlannerRequest } from '../contracts/pipelinePlan.ts';
import { PipelineFrontier } from '../insight/plan/pipeline/pipelineFrontier.ts';
import { pipelineModel } from '../insight/plan/pipeline/pipelineModel.ts';
import { PlanError } from '../insight/plan/pipeline/planError.ts';
import { planNotes } from '../insight/plan/pipeline/planNotes.ts';
import { SolvedPipeline } from '../insight/plan/pipeline/solvedPipeline.ts';
import { parseStageProfile } from '../insight/plan/pipeline/stageProfile.ts';

const progressEveryMs = 100;

export class Planner {
  readonly #answer: (answer: PlannerAnswer) => void;
  readonly #nowMs: () => number;
  #solved: SolvedPipeline | null = null;

  constructor(answer: (answer: PlannerAnswer) => void, nowMs: () => number) {
    this.#answer = answer;
    this.#nowMs = nowMs;
  }

  handle(request: PlannerRequest): void {
    try {
      this.#work(request);
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      this.#answer({ type: 'failed', message: sentence(error.message) });
    }
  }

  #work(request: PlannerRequest): void {
    switch (request.type) {
      case 'read':
        this.#answer({ type: 'read', stages: parseStageProfile(request.text).stages.length });
        return;
      case 'solve':
        // What was solved before is no answer to what is asked after a failure.
        this.#solved = null;
        this.#solved = this.#solve(request.text, request.shape);
        this.#answer({ type: 'solved', frontier: this.#solved.shown() });
        return;
      case 'choose':
        if (this.#solved !== null)
          this.#answer({ type: 'chosen', plan: this.#solved.choose(request.choice) });
        return;
      case 'document':
        if (this.#solved !== null)
          this.#answer({ type: 'document', text: this.#solved.document(request.choice, request.format) });
    }
  }

  #solve(text: string, shape: PipelineShape): SolvedPipeline {
    const profile = parseStageProfile(text);
    const model = pipelineModel(profile, shape);
    let toldMs = this.#nowMs();
    const frontier = PipelineFrontier.solve(model.problem, (share) => {
      const nowMs = this.#nowMs();
      if (nowMs - toldMs < progressEveryMs) return;
      toldMs = nowMs;
      this.#answer({ type: 'progress', share });
    });
    return new SolvedPipeline(model, frontier, planNotes(profile, model).map(sentence));
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
