/** Text from outside for a label in which the editor would draw `$(name)` as an icon. */
export const plainLabel = (text: string): string => text.replaceAll('$(', '\\$(');
