/** Writes a whole text to a stream that somebody else may close. */

export function writeOut(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((done, failed) => {
    // Without a listener a reader that went away would end the process with a stack trace.
    stream.once('error', failed);
    stream.write(text, (error) => {
      if (error) return failed(error);
      stream.off('error', failed);
      done();
    });
  });
}

/** For what is written without waiting: a reader that goes away is no fault of the command, which ends as it would have. */
export function letReadersGo(...streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams)
    stream.on('error', (error) => {
      if (!readerIsGone(error)) throw error;
    });
}

/** The reader went away (`| head`): that is not a fault. */
export const readerIsGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE';
