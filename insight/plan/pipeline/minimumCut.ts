/**
 * The cheapest way to end one unit earlier: the flow of a timing network is made as large as it can be (Dinic 1970: shortest
 * paths by levels), and the events that still can be reached from the source then are one side of a minimum cut.
 */

import type { TimingNetwork } from './timingNetwork.ts';

export interface Cut {
  /** A path can carry any amount: only operations at their fastest lie on it, so nothing can end earlier. */
  readonly unlimited: boolean;
  /** By node, 1 for those on the source's side. */
  readonly sourceSide: Uint8Array;
}

export class CutSearch {
  readonly #network: TimingNetwork;
  /** Arcs from the source, -1 where the flow cannot reach. */
  readonly #level: Int32Array;
  readonly #queue: Int32Array;
  /** The next arc of each node to try. */
  readonly #cursor: Int32Array;
  /** The arcs of the path that is being tried, as `incidentArcs` writes them. */
  readonly #path: Int32Array;
  readonly #sourceSide: Uint8Array;

  constructor(network: TimingNetwork) {
    this.#network = network;
    this.#level = new Int32Array(network.nodeCount);
    this.#queue = new Int32Array(network.nodeCount);
    this.#cursor = new Int32Array(network.nodeCount);
    this.#path = new Int32Array(network.nodeCount);
    this.#sourceSide = new Uint8Array(network.nodeCount);
  }

  /** Enlarges the network's flow. The answer is overwritten by the next search. */
  search(): Cut {
    let unlimited = false;
    while (!unlimited && this.#levels()) unlimited = this.#saturate();
    for (let node = 0; node < this.#level.length; node += 1)
      this.#sourceSide[node] = (this.#level[node] ?? -1) < 0 ? 0 : 1;
    return { unlimited, sourceSide: this.#sourceSide };
  }

  /** How much more can go over an arc, along it or, at its end, back. */
  #room(incident: number): number {
    const arc = incident >> 1;
    if (!this.#network.tight(arc)) return 0;
    const flow = this.#network.flow[arc] ?? 0;
    return incident % 2 === 0 ? this.#network.upper(arc) - flow : flow - this.#network.lower(arc);
  }

  #otherEnd(incident: number): number {
    const { arcFrom, arcTo } = this.#network;
    return (incident % 2 === 0 ? arcTo[incident >> 1] : arcFrom[incident >> 1]) ?? 0;
  }

  /** Whether the sink can be reached. */
  #levels(): boolean {
    const { source, sink, incidentStart, incidentArcs } = this.#network;
    const [level, queue] = [this.#level, this.#queue];
    level.fill(-1);
    level[source] = 0;
    queue[0] = source;
    let length = 1;
    for (let head = 0; head < length; head += 1) {
      const node = queue[head] ?? 0;
      for (let at = incidentStart[node] ?? 0; at < (incidentStart[node + 1] ?? 0); at += 1) {
        const incident = incidentArcs[at] ?? 0;
        const other = this.#otherEnd(incident);
        if ((level[other] ?? 0) >= 0 || this.#room(incident) <= 0) continue;
        level[other] = (level[node] ?? 0) + 1;
        if (other === sink) return true;
        queue[length] = other;
        length += 1;
      }
    }
    return false;
  }

  /** Pushes along paths of rising level until none is left. True where a path carries any amount. */
  #saturate(): boolean {
    const { source, sink, incidentStart, incidentArcs } = this.#network;
    const [level, cursor, path] = [this.#level, this.#cursor, this.#path];
    cursor.set(incidentStart.subarray(0, cursor.length));
    let depth = 0;
    let node = source;
    for (;;) {
      if (node === sink) {
        const amount = this.#push(depth);
        if (amount === Number.POSITIVE_INFINITY) return true;
        depth = 0;
        node = source;
        continue;
      }
      const at = cursor[node] ?? 0;
      if (at < (incidentStart[node + 1] ?? 0)) {
        const incident = incidentArcs[at] ?? 0;
        const other = this.#otherEnd(incident);
        if (level[other] === (level[node] ?? 0) + 1 && this.#room(incident) > 0) {
          path[depth] = incident;
          depth += 1;
          node = other;
        } else cursor[node] = at + 1;
        continue;
      }
      if (node === source) return false;
      depth -= 1;
      const last = path[depth] ?? 0;
      node = this.#otherEnd(last ^ 1);
      cursor[node] = (cursor[node] ?? 0) + 1;
    }
  }

  /** As much as fits along the path. An unlimited path is left as it is. */
  #push(depth: number): number {
    let amount = Number.POSITIVE_INFINITY;
    for (let at = 0; at < depth; at += 1) amount = Math.min(amount, this.#room(this.#path[at] ?? 0));
    if (amount === Number.POSITIVE_INFINITY) return amount;
    const { flow } = this.#network;
    for (let at = 0; at < depth; at += 1) {
      const incident = this.#path[at] ?? 0;
      const arc = incident >> 1;
      flow[arc] = (flow[arc] ?? 0) + (incident % 2 === 0 ? amount : -amount);
    }
    return amount;
  }
}
