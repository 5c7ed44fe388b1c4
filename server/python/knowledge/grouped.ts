/** Functions and modules that join the rows of each group. Of how many groups there are they ask the device, unless told. */

export interface GroupedFunction {
  readonly callee: RegExp;
  /** Which group each row belongs to; where it is not given all rows are one group. */
  readonly index: { readonly name: string; readonly position: number };
  /** How many groups there are. */
  readonly size: { readonly name: string; readonly position: number };
}

export const groupedFunctions: readonly GroupedFunction[] = [
  {
    callee: /^torch_geometric\.nn\.([\w.]+\.)?global_(add|mean|max)_pool$/,
    index: { name: 'batch', position: 1 },
    size: { name: 'size', position: 2 },
  },
  {
    callee: /^torch_geometric\.nn\.([\w.]+\.)?(GlobalAttention|AttentionalAggregation|Set2Set)$/,
    index: { name: 'index', position: 1 },
    size: { name: 'dim_size', position: 3 },
  },
  {
    callee: /^torch_geometric\.utils\.([\w.]+\.)?to_dense_batch$/,
    index: { name: 'batch', position: 1 },
    size: { name: 'batch_size', position: 4 },
  },
  {
    callee: /^torch_geometric\.utils\.([\w.]+\.)?softmax$/,
    index: { name: 'index', position: 1 },
    size: { name: 'num_nodes', position: 3 },
  },
  {
    callee: /^torch_geometric\.utils\.([\w.]+\.)?scatter$/,
    index: { name: 'index', position: 1 },
    size: { name: 'dim_size', position: 3 },
  },
  {
    callee: /^torch_scatter\.scatter(_(add|sum|mean|max|min|mul|std|softmax))?$/,
    index: { name: 'index', position: 1 },
    size: { name: 'dim_size', position: 4 },
  },
];
