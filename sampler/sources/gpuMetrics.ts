/**
 * The energy accumulator in amdgpu's binary `gpu_metrics`. Its place differs from version to version of the table;
 * versions that have none, or that describe themselves, give nothing.
 */

/** Offset of the accumulator by `format.content` of the header, and the bytes it has. */
const places: Readonly<Record<string, readonly [offset: number, bytes: 4 | 8]>> = {
  '1.0': [36, 4],
  '1.1': [24, 8],
  '1.2': [24, 8],
  '1.3': [24, 8],
  '1.4': [24, 8],
  '1.5': [88, 8],
  '1.6': [16, 8],
  '1.7': [24, 8],
  '1.8': [24, 8],
};

/** Joules of one count. */
const unitJ = 2 ** -16;

/** Joules since some start; undefined where the table does not tell. All ones mean that a value is absent. */
export function accumulatedJ(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const place = places[`${view.getUint8(2)}.${view.getUint8(3)}`];
  if (place === undefined || view.getUint16(0, true) > bytes.length) return undefined;
  const [offset, length] = place;
  if (offset + length > bytes.length) return undefined;
  if (length === 4) {
    const count = view.getUint32(offset, true);
    return count === 0xffff_ffff ? undefined : count * unitJ;
  }
  const count = view.getBigUint64(offset, true);
  return count === 0xffff_ffff_ffff_ffffn ? undefined : Number(count) * unitJ;
}
