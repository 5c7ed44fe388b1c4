/** The things used last, up to a total weight. */
export class Kept<T> {
  private readonly most: number;
  private readonly things = new Map<string, { readonly thing: T; readonly weight: number }>();
  private weight = 0;

  constructor(most: number) {
    this.most = most;
  }

  has(key: string): boolean {
    return this.things.has(key);
  }

  get(key: string): T | undefined {
    const found = this.things.get(key);
    if (found === undefined) return undefined;
    this.things.delete(key);
    this.things.set(key, found);
    return found.thing;
  }

  set(key: string, thing: T, weight: number): void {
    this.weight += weight - (this.things.get(key)?.weight ?? 0);
    this.things.delete(key);
    this.things.set(key, { thing, weight });
    for (const [oldest, { weight: freed }] of this.things) {
      if (this.weight <= this.most || oldest === key) break;
      this.things.delete(oldest);
      this.weight -= freed;
    }
  }

  delete(key: string): void {
    this.weight -= this.things.get(key)?.weight ?? 0;
    this.things.delete(key);
  }
}
