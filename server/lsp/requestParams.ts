/** Fields of what came over the wire, which may be anything. */

export const stringField = (value: unknown, name: string): string | undefined => {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  const field = (value as Readonly<Record<string, unknown>>)[name];
  return typeof field === 'string' ? field : undefined;
};

export const textList = (value: unknown, name: string): readonly string[] => {
  if (typeof value !== 'object' || value === null || !(name in value)) return [];
  const field = (value as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(field) ? field.filter((item) => typeof item === 'string') : [];
};
