import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enclosingFunction } from './enclosingFunction.ts';

const source = `import torch

@torch.no_grad()
@cached(
    size=3,
)
def evaluate(model):
    """Text
that stands left of its function.
    """
    for batch in loader:
        if batch:
            total += model(batch).item()

class Trainer:
    async def step(
        self,
    ) -> Tuple[
        int, int
    ]:
        def inner():
            return loss.item()
        inner()
        return inner

if torch.cuda.is_available():
    loss.item()
for x in y:
    print(x)
serve(  # over several lines
    evaluate(model).cpu(),
)
`;
const lineOf = (text: string): number => source.split('\n').findIndex((line) => line.includes(text)) + 1;

const cases: readonly (readonly [text: string, name: string, first?: string, def?: string])[] = [
  ['total +=', 'evaluate', '@torch.no_grad', 'def evaluate'],
  ['return loss.item()', 'inner', 'def inner', 'def inner'],
  ['return inner', 'step', 'async def step', 'async def step'],
  ['    loss.item()', '<module>'],
  ['print(x)', '<module>'],
  ['evaluate(model).cpu()', '<module>'],
  ['import torch', '<module>'],
];
for (const [text, name, first, def] of cases)
  test(`"${text.trim()}" stands in ${name}`, () => {
    const line = text === '    loss.item()' ? lineOf('if torch.cuda') + 1 : lineOf(text);
    const found = enclosingFunction(source, line);
    assert.equal(found.name, name);
    if (first !== undefined) assert.equal(found.firstLine, lineOf(first));
    if (def !== undefined) assert.equal(found.defLine, lineOf(def));
  });
