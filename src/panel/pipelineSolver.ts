/**
 * The thread that solves a pipeline plan, and how the plan stands. A thread that ended knows nothing of what it solved:
 * whoever waits for it gets an answer, and the frontier goes with it.
 */

import { randomUUID } from 'node:crypto';
import type {
  PipelineChoice,
  PipelineShape,
  PipelineState,
  PlannerAnswer,
  PlannerRequest,
} from '../../contracts/pipelinePlan.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';

/** The part of a worker thread that is used. */
export interface PlannerThread {
  postMessage(request: PlannerRequest): void;
  on(event: 'message', heard: (answer: PlannerAnswer) => void): unknown;
  on(event: 'error', heard: (error: Error) => void): unknown;
  terminate(): unknown;
}

const atRest: PipelineState = { profile: null, solving: null, failure: null, frontier: null };

export class PipelineSolver {
  readonly #startThread: () => PlannerThread;
  readonly #post: (message: HostMessage) => void;
  #thread: PlannerThread | undefined;
  #state: PipelineState = atRest;
  #text = '';
  /** A slider asks faster than plans are made: only the newest waits. */
  #choosing = false;
  #nextChoice: PipelineChoice | null = null;
  #document: ((text: string | null) => void) | undefined;

  constructor(startThread: () => PlannerThread, post: (message: HostMessage) => void) {
    this.#startThread = startThread;
    this.#post = post;
  }

  get state(): PipelineState {
    return this.#state;
  }

  /** Tells the page how the plan stands. */
  tell(change: Partial<PipelineState> = {}): void {
    this.#state = { ...this.#state, ...change };
    this.#post({ type: 'pipeline', pipeline: this.#state });
  }

  /** A profile was chosen whose text is still to come; what was solved of another is over. */
  open(name: string): void {
    this.end();
    this.tell({ ...atRest, profile: { name, stages: 0, opening: randomUUID() } });
  }

  read(text: string): void {
    this.#text = text;
    this.#send({ type: 'read', text });
  }

  solve(shape: PipelineShape): void {
    if (this.#state.profile === null || this.#state.solving !== null) return;
    this.#nextChoice = null;
    this.tell({ solving: 0, failure: null, frontier: null });
    this.#send({ type: 'solve', text: this.#text, shape });
  }

  /** Nothing where the solver was done before the user's wish arrived. */
  cancel(): void {
    if (this.#state.solving === null) return;
    this.end();
    this.tell({ solving: null });
  }

  choose(choice: PipelineChoice): void {
    if (this.#state.frontier === null) return;
    if (this.#choosing) {
      this.#nextChoice = choice;
      return;
    }
    this.#choosing = true;
    this.#send({ type: 'choose', choice });
  }

  /** The plan as a file holds it; null where it went with its thread. */
  document(choice: PipelineChoice, format: 'csv' | 'json'): Promise<string | null> {
    if (this.#state.frontier === null) return Promise.resolve(null);
    this.#document?.(null);
    return new Promise((resolve) => {
      this.#document = resolve;
      this.#send({ type: 'document', choice, format });
    });
  }

  end(): void {
    this.#thread?.terminate();
    this.#thread = undefined;
    this.#choosing = false;
    this.#nextChoice = null;
    this.#settleDocument(null);
  }

  #send(request: PlannerRequest): void {
    this.#thread ??= this.#start();
    this.#thread.postMessage(request);
  }

  #start(): PlannerThread {
    const thread = this.#startThread();
    thread.on('message', (answer) => {
      if (thread === this.#thread) this.#take(answer);
    });
    thread.on('error', (error) => {
      if (thread !== this.#thread) return;
      this.end();
      const failure = `The solver ended: ${error.message.replace(/\.?$/, '.')} Plan again.`;
      this.tell({ solving: null, frontier: null, failure });
    });
    return thread;
  }

  #take(answer: PlannerAnswer): void {
    switch (answer.type) {
      case 'read': {
        const { profile } = this.#state;
        this.tell({ profile: profile && { ...profile, stages: answer.stages } });
        return;
      }
      case 'progress':
        this.tell({ solving: answer.share });
        return;
      case 'solved':
        this.tell({ solving: null, frontier: answer.frontier });
        return;
      case 'failed':
        this.tell({ solving: null, failure: answer.message });
        return;
      case 'document':
        this.#settleDocument(answer.text);
        return;
      case 'chosen': {
        // A plan of the frontier before this one says nothing of it.
        if (this.#state.frontier !== null) this.#post({ type: 'pipelineChosen', plan: answer.plan });
        this.#choosing = false;
        const next = this.#nextChoice;
        this.#nextChoice = null;
        if (next !== null) this.choose(next);
      }
    }
  }

  #settleDocument(text: string | null): void {
    this.#document?.(text);
    this.#document = undefined;
  }
}
