/** VS Code's own themes as a webview sees them: the panel's variables, taken from code-server 4.139.1. */

import themes from './themes.json' with { type: 'json' };

export type ThemeName = keyof typeof themes;
export const themeNames = Object.keys(themes) as readonly ThemeName[];

export interface ThemeValues {
  readonly classes: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export const themeValues = (name: ThemeName): ThemeValues => themes[name] as ThemeValues;
