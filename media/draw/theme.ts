/** The theme's colours for the canvas, which CSS does not reach. Read again whenever the theme changes. */

export interface Theme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly background: string;
  readonly warning: string;
  readonly fontFamily: string;
  /** One a GPU, in this order. */
  readonly palette: readonly string[];
}

/** Dashes tell GPUs apart where colour alone would speak. */
export const dashes: readonly (readonly number[])[] = [[], [6, 2], [2, 2], [8, 2, 2, 2]];
export const dashOf = (position: number): number[] => [...(dashes[position % dashes.length] ?? [])];
export const colourOf = (theme: Theme, position: number): string =>
  theme.palette[position % theme.palette.length] ?? theme.foreground;

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  const foreground = read('foreground', '#888888');
  const highContrast = document.body.classList.contains('vscode-high-contrast');
  return {
    foreground,
    muted: read('descriptionForeground', foreground),
    grid: faint(foreground, highContrast ? 0.35 : 0.13),
    background: read('panel-background', read('editor-background', 'transparent')),
    warning: read('charts-yellow', foreground),
    fontFamily: read('font-family', 'sans-serif'),
    // Not orange: it is translucent in VS Code's own themes and missing in high contrast.
    palette: ['blue', 'green', 'purple', 'yellow', 'red'].map((name) => read(`charts-${name}`, foreground)),
  };
}

/** Themes write colours in many forms; mixing takes them all. */
export const faint = (colour: string, share: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, transparent)`;

/** VS Code changes variables on the root's style and a class on the body. */
export function watchTheme(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
}
