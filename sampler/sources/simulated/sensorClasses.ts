/**
 * How the number a driver reports follows the real power, by chip family: a new value every so often, each the
 * mean of a window that may be shorter than that. Windows and periods as measured by Yang et al., "Part-time
 * Power Measurements" (arXiv 2312.02741, SC 2024), except Blackwell, for which nothing was published.
 */

export interface SensorClass {
  /** A new value every so many milliseconds; the same value is repeated in between. */
  readonly updateMs: number;
  /** Each value is the mean power over so many milliseconds before its update. */
  readonly windowMs: number;
  /** From the end of the window until a reader sees the value. */
  readonly delayMs: number;
  readonly published: boolean;
}

/**
 * A submission is read a little after it was made. A sensor therefore never shows the newest moment;
 * with this much patience a value seldom has to be computed before all of its work is known.
 */
const settleMs = 40;

const table = {
  Pascal: { updateMs: 20, windowMs: 10, delayMs: settleMs, published: true },
  Volta: { updateMs: 20, windowMs: 10, delayMs: settleMs, published: true },
  Turing: { updateMs: 100, windowMs: 100, delayMs: settleMs, published: true },
  'Ampere-GA100': { updateMs: 100, windowMs: 25, delayMs: settleMs, published: true },
  'Ampere-GA10x': { updateMs: 100, windowMs: 100, delayMs: 50, published: true },
  Ada: { updateMs: 100, windowMs: 100, delayMs: 50, published: true },
  Hopper: { updateMs: 100, windowMs: 25, delayMs: settleMs, published: true },
  Blackwell: { updateMs: 100, windowMs: 100, delayMs: settleMs, published: false },
} as const satisfies Record<string, SensorClass>;

export type SensorClassId = keyof typeof table;
export const sensorClasses: Readonly<Record<SensorClassId, SensorClass>> = table;

/** The energy counter moves this often on every chip that has one. */
export const counterUpdateMs = 100;
