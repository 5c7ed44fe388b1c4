// Progress for a person who waits: a line when something starts, one now and then while it lasts, one when it ends.

const HEARTBEAT_MS = 10_000;

/** An expected end: the message is the whole story, no stack is printed. */
export class PlainFailure extends Error {}

/** @param {string} line */
export function say(line) {
  // Standard error, so that a command whose output is read by a program keeps its standard output clean.
  process.stderr.write(`perjoule · ${line}\n`);
}

/**
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(what, work) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  say(`${what} …`);
  const heartbeat = setInterval(() => say(`${what} … ${seconds()}`), HEARTBEAT_MS);
  try {
    const result = await work();
    say(`${what}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
