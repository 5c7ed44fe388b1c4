import { Classes } from './classes.ts';
import type { Call } from './nodes.ts';
import type { Turn } from './turn.ts';
import type { ClassInfo, Value } from './values.ts';

/** Classes of which a turn notes what it reads and sets. */
export class NotedClasses extends Classes {
  private readonly turn: () => Turn;

  constructor(text: string, own: readonly ClassInfo[], turn: () => Turn) {
    super(text, own);
    this.turn = turn;
  }

  override instanceOf(info: ClassInfo, call: Call | undefined): Value {
    this.turn().readDevice(info);
    return super.instanceOf(info, call);
  }

  override attribute(info: ClassInfo, name: string, depth = 0): Value | undefined {
    const v = super.attribute(info, name, depth);
    if (depth === 0) this.turn().readAttribute(info, name, v);
    return v;
  }

  /** An attribute as it is, without a note. */
  settledAttribute(info: ClassInfo, name: string): Value | undefined {
    return super.attribute(info, name, 1);
  }

  override setAttribute(info: ClassInfo, name: string, v: Value): void {
    const turn = this.turn();
    // What is set in a class of another file stands for this round only.
    if (!this.own.includes(info)) turn.readAttribute(info, name, this.settledAttribute(info, name));
    turn.attributes.push([info, name, v]);
    super.setAttribute(info, name, v);
  }
}
