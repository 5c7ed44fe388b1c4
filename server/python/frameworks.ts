/** Whether a text is worth parsing at all. */

const frameworks =
  'torch|torchvision|torchaudio|torchtext|torch_geometric|pytorch_lightning|lightning|lightning_fabric|transformers|accelerate|' +
  'diffusers|peft|trl|deepspeed|timm|fastai|monai|sentence_transformers|jax|flax|optax|tensorflow|keras|vllm|cupy|triton';

/** The first part of a qualified name that belongs to a GPU framework. */
export const frameworkName = new RegExp(`^(?:${frameworks})$`);

const importLine = new RegExp(
  `^[ \\t]*(?:import|from)[ \\t][^\\n#]*(?<![\\w.])(?:${frameworks})(?![\\w])|^[ \\t]*(?:>>>|!|%)?.*\\bimport[ \\t]+(?:${frameworks})\\b`,
);

/** True when an import line names a GPU framework. Looks only at lines that hold the word `import`. */
export function namesGpuFramework(text: string): boolean {
  for (let at = text.indexOf('import'); at >= 0; at = text.indexOf('import', at + 6)) {
    const lineStart = text.lastIndexOf('\n', at) + 1;
    let lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0) lineEnd = text.length;
    // Minified or generated lines: an import that matters stands at the start of a line.
    const line = text.slice(lineStart, Math.min(lineEnd, lineStart + 300));
    if (importLine.test(line)) return true;
    // One look per line is enough.
    at = Math.max(at, lineEnd - 6);
  }
  return false;
}
