/** Where one progress line begins a new epoch. */

export interface ToldEpoch {
  readonly timeMs: number;
  readonly epoch: number;
}

export interface EpochList {
  /** The number that the line told, in order of time. */
  see(epoch: number, timeMs: number): void;
  readonly marks: readonly ToldEpoch[];
}

/** More than a chart can show: past it every other one goes. */
const mostMarks = 400;
/** Ranks that print into one line are an epoch apart at most; a fall from further on is another training. */
const restartsFrom = 3;

export function createEpochList(): EpochList {
  let marks: readonly ToldEpoch[] = [];
  let last = Number.NEGATIVE_INFINITY;
  return {
    see(epoch, timeMs) {
      const restarts = epoch <= 1 && last >= restartsFrom;
      if (epoch <= last && !restarts) return;
      last = epoch;
      marks = thinned([...marks, { timeMs, epoch }]);
    },
    get marks() {
      return marks;
    },
  };
}

const thinned = <Mark>(marks: readonly Mark[]): readonly Mark[] =>
  marks.length <= mostMarks ? marks : thinned(marks.filter((_, index) => index % 2 === 0));

/** A follower that begins anew in mid-run sees the epoch under way as if it began: what was known before it goes first. */
export function joinedEpochs<Mark extends ToldEpoch>(
  before: readonly Mark[],
  since: readonly Mark[],
): readonly Mark[] {
  const last = before.at(-1)?.epoch ?? Number.NEGATIVE_INFINITY;
  const isKnown = ({ epoch }: Mark): boolean => epoch === last || (epoch < last && epoch > 1);
  const first = since.findIndex((mark) => !isKnown(mark));
  return thinned([...before, ...(first < 0 ? [] : since.slice(first))]);
}
