/** The band that is shown with a card's figures, as a share: what makers state and meters found. */

import type { Quality } from '../../../contracts/provenance.ts';

const consumer = /\b(GeForce|RTX|GTX|TITAN|Quadro)\b/i;
/** Boards of servers: sold with a stated error of 5 %. */
const dataCentre = /\b(GB|GH|[ABHLPTV])\d{1,3}[A-Z]*\b/;
/** Chips whose instant sensor looks only a quarter of the time. */
const quarterCoverage = /\b(A100|A30|A800|H100|H200|H20|H800|GH200)\b/;

export function sensorBand(name: string, quality: Quality): number {
  if (quality === 'counter' || quality === 'counterUnchecked')
    return dataCentre.test(name) ? 0.05 : consumer.test(name) ? 0.07 : 0.1;
  if (quality !== 'instant') return 0.1;
  return quarterCoverage.test(name) || /GeForce/.test(name) ? 0.1 : 0.07;
}
