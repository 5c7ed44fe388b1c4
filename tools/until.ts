const POLL_MS = 50;

/**
 * Asks again and again until the answer is there. A deadline with the last answer beats a fixed pause: it is as fast as
 * the machine allows, and a failure says what was seen instead.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 40_000,
  lastSeen?: () => Promise<unknown> | unknown,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      failure = undefined;
    } catch (error) {
      // A page that is just being redrawn loses elements under the question; the deadline decides.
      failure = error;
    }
    if (performance.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const seen = lastSeen ? `; last seen: ${JSON.stringify(await lastSeen())}` : '';
  throw new Error(`gave up after ${timeoutMs / 1000} s waiting for ${what}${seen}`, { cause: failure });
}
