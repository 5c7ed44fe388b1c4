import type { Module, Node } from './nodes.ts';
import { visit } from './walk.ts';

/**
 * Functions and classes that a module defines behind a place before anything that runs there names them: what such a name
 * stood for until then nobody sees.
 */
export function definedAnew(module: Module, place: number): ReadonlySet<string> {
  const defined = new Set<string>();
  const named = new Set<string>();
  const look = (node: Node): boolean | undefined => {
    if (node.kind === 'Name') named.add(node.id);
    if (node.kind !== 'Function') return undefined;
    // Its body runs when the module has run.
    for (const decorator of node.decorators) visit(decorator, look);
    return false;
  };
  for (const statement of module.body.body) {
    if (statement.end <= place) continue;
    visit(statement, look);
    const definition = statement.kind === 'Function' || statement.kind === 'Class';
    if (definition && !named.has(statement.name)) defined.add(statement.name);
  }
  return defined;
}
