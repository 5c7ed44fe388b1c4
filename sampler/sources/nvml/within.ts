/** What the promise gives, or `late` when the time is over first. Rejects only as the promise does. */
export async function within<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
