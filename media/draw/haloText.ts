import type { Theme } from './theme.ts';

/** Text that stays readable on top of a curve. */
export function haloText(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  text: string,
  x: number,
  y: number,
): void {
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 4;
  ctx.lineJoin = 'round';
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}
