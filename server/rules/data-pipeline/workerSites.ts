/** What the worker processes of a loader run, and where that puts tensors on the GPU. */

import { resolveArgument } from '../../python/arguments.ts';
import { datasetWork, itemClasses } from '../../python/datasetWork.ts';
import { type DeviceSite, deviceSites } from '../../python/deviceSites.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { FunctionInfo, Value } from '../../python/values.ts';
import { loaderPositions } from './loaderUse.ts';

export interface WorkerSites {
  /** As it is spoken of. */
  readonly called: string;
  readonly sites: readonly DeviceSite[];
}

/** One for the data set and one for each function that the loader is handed, where they put anything on the GPU for sure. */
export function workerSites(program: Program, loader: Call): readonly WorkerSites[] {
  return workerFunctions(program, loader).flatMap(({ called, info }) => {
    const sites = deviceSites(program, info).filter((s) => s.device === 'yes' && s.guard !== 'cadence');
    return sites.length === 0 ? [] : [{ called, sites }];
  });
}

/** Whether the items of a data set of another file are put on the GPU where they are read. */
export function itemsOnDevice(program: Program, loader: Call): boolean {
  const dataset = resolveArgument(program, loader, 'dataset', 0);
  return dataset.state === 'set' && datasetWork(program, dataset.value).onDevice === 'yes';
}

/** Whether a loader's `collate_fn` puts anything on a GPU, as far as we can tell: worker processes would do it then. */
export function collatesOnDevice(program: Program, collate: Value): boolean {
  return functionsOf(program, collate).some((info) => deviceSites(program, info).length > 0);
}

function workerFunctions(program: Program, loader: Call): { called: string; info: FunctionInfo }[] {
  const dataset = resolveArgument(program, loader, 'dataset', 0);
  const classes = dataset.state === 'set' ? itemClasses(program, dataset.value) : [];
  const items = classes.flatMap((owner) => {
    const { classes: known } = program.machine;
    const info = known.method(owner, '__getitem__') ?? known.method(owner, '__iter__');
    return info === undefined ? [] : [{ called: `${owner.qualifiedName}.${info.node.name}`, info }];
  });
  const handed = [
    resolveArgument(program, loader, 'collate_fn', loaderPositions.collate),
    resolveArgument(program, loader, 'worker_init_fn', loaderPositions.init),
  ].flatMap((argument) => (argument.state === 'set' ? functionsOf(program, argument.value) : []));
  return [...items, ...handed.map((info) => ({ called: info.node.name, info }))];
}

/** A function, or an object that is called like one. */
function functionsOf(program: Program, { functions, classInfo }: Value): readonly FunctionInfo[] {
  if (functions.length > 0 || classInfo === undefined) return functions;
  const call = program.machine.classes.method(classInfo, '__call__');
  return call === undefined ? [] : [call];
}
