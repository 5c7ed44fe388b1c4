/** Whole numbers of up to 53 bits in as few bytes as they need; small negative ones stay small. */

export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written; the room stays. */
  clear(): void {
    this.#length = 0;
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#length + bytes, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** A whole number from 0. */
  unsigned(value: number): void {
    let rest = value;
    // Shifts would cut at 32 bits.
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  bytes(value: Uint8Array): void {
    this.#makeRoom(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** What another writer holds. */
  append(other: ByteWriter): void {
    this.bytes(other.#bytes.subarray(0, other.#length));
  }

  /** The same, with its length before it. */
  part(other: ByteWriter): void {
    this.unsigned(other.#length);
    this.append(other);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Throws a RangeError on bytes that end too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  readonly #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Bytes read so far, from the start of the array. */
  get position(): number {
    return this.#position;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  byte(): number {
    const value = this.#position < this.#end ? this.#bytes[this.#position] : undefined;
    if (value === undefined) throw new RangeError('The stored block ends too early.');
    this.#position += 1;
    return value;
  }

  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      if (byte < 128) return value + byte * factor;
      value += (byte - 128) * factor;
      factor *= 128;
      if (factor > 2 ** 56) throw new RangeError('A stored number is too long.');
    }
  }

  /** Steps over a number. */
  skip(): void {
    while (this.byte() >= 128);
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Where the part of so many bytes ends that begins here. */
  partEnd(length: number): number {
    const end = this.#position + length;
    if (end > this.#end) throw new RangeError('The stored block ends too early.');
    return end;
  }

  /** Goes on at the end of a part, of which not everything was read. */
  goTo(end: number): void {
    if (this.#position > end) throw new RangeError('A part of the stored block is longer than it says.');
    this.#position = end;
  }
}
