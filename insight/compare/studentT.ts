/** Student's t distribution, for a handful of runs. */

const strips = 4000;

/**
 * The t that so much of the distribution lies within on both sides: `tWithin(4, 0.95)` is 2.776. With t = √ν·tan θ its
 * density is cosine to the power ν − 1, which is added up until the share is reached.
 * @param freedom at least 1, whole or not
 */
export function tWithin(freedom: number, share: number): number {
  const width = Math.PI / 2 / strips;
  const heights = Float64Array.from(
    { length: strips },
    (_, at) => Math.cos((at + 0.5) * width) ** (freedom - 1),
  );
  const wanted = share * heights.reduce((sum, height) => sum + height, 0);
  let sum = 0;
  for (let at = 0; at < strips; at += 1) {
    const height = heights[at] ?? 0;
    if (sum + height >= wanted) return Math.sqrt(freedom) * Math.tan((at + (wanted - sum) / height) * width);
    sum += height;
  }
  return Number.POSITIVE_INFINITY;
}
