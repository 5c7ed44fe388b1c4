/** A file that is no trace, or none that can be read. The message is a clause without a full stop. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}
