import type { DeviceRead } from './deviceReads.ts';

export interface Site {
  readonly read: DeviceRead;
  /** How many facts are only likely. */
  readonly doubts: number;
  /** Only a progress bar shows it. */
  readonly shown: boolean;
}

/** What makes a finding too unsure to be marked: taking out the reads may leave the step as long as it was. */
const otherWait = 2;

/**
 * The reads of a step in their order, beside what becomes of the device's queue. Next to a wait that has to be, a further read
 * costs next to nothing: after it, or before it with no work between.
 */
export class SitesInQueue {
  private sites: Site[] = [];
  /** How many there were when the queue last got work. */
  private beforeWork = 0;
  /** How many there were when it last got work for all that we know. */
  private beforeNetwork = 0;
  /** Since then something was called that may wait. */
  private mayHaveWaited = false;
  /** The step waits elsewhere too, for something that is needed. */
  private waitsToo = false;
  /** The step has waited for something that is needed. */
  private late = false;
  private empty: boolean;

  constructor(empty: boolean) {
    this.empty = empty;
  }

  get queueEmpty(): boolean {
    return this.empty;
  }

  filled(): void {
    this.empty = false;
    this.beforeWork = this.sites.length;
    this.perhapsFilled();
  }

  perhapsFilled(): void {
    this.mayHaveWaited = false;
    this.beforeNetwork = this.sites.length;
  }

  perhapsWaited(): void {
    this.mayHaveWaited = true;
    this.doubt(this.beforeNetwork);
  }

  /** By a wait whose result is only recorded: it may go, and then what is read after it waits. */
  emptiedByRecord(): void {
    this.mayHaveWaited = true;
  }

  emptied(): void {
    this.empty = true;
    this.sites.length = this.beforeWork;
  }

  waits(): void {
    this.waitsToo = true;
  }

  add(site: Site): void {
    this.sites.push(this.mayHaveWaited || this.late ? doubted(site) : site);
  }

  all(): readonly Site[] {
    if (this.waitsToo) this.doubt(0);
    return this.sites;
  }

  /** A wait for something that is needed, always or under some condition: what is read after it is only listed. */
  besideWait(always: boolean): void {
    this.waitsToo ||= always;
    this.empty ||= always;
    this.late = true;
  }

  /** As `besideWait`, and the reads since the last work cost nothing beside it. */
  waitsAsItMust(always: boolean): void {
    this.sites.length = this.beforeWork;
    this.besideWait(always);
  }

  private doubt(from: number): void {
    this.sites = this.sites.map((site, i) => (i < from ? site : doubted(site)));
  }
}

const doubted = (site: Site): Site => ({ ...site, doubts: site.doubts + otherWait });
