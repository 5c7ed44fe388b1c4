/** A number between 0 and 1 that depends on its arguments only: the same seed gives the same run again. */
export function seeded(seed: number, index: number): number {
  let bits = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39) >>> 0;
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** Nearly normal, mean 0, standard deviation 1, never beyond ±3.5: the sum of four uniform numbers. */
export function seededNormal(seed: number, index: number): number {
  let sum = 0;
  for (let part = 0; part < 4; part++) sum += seeded(seed + part * 7919, index) - 0.5;
  return sum * Math.sqrt(3);
}

export function seedOf(text: string): number {
  let seed = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    seed = Math.imul(seed ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return seed;
}
