/** A test that runs inside VS Code's extension host, beside the extension: in the browser's VS Code and on the desktop. */
export interface InHostCase {
  readonly name: string;
  run(): Promise<void>;
}

export interface InHostResult {
  readonly name: string;
  readonly durationMs: number;
  /** Undefined when it passed. */
  readonly failure?: string;
}
