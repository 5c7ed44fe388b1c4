/** One name for things that several import paths lead to. */

const renamed: readonly (readonly [string, string])[] = [
  ['torch.utils.data.dataloader.', 'torch.utils.data.'],
  ['torch.utils.data.dataset.', 'torch.utils.data.'],
  ['torch.utils.data.sampler.', 'torch.utils.data.'],
  ['torch.cuda.amp.grad_scaler.', 'torch.amp.'],
  ['torch.cuda.amp.', 'torch.amp.'],
  ['torch.nn.modules.loss.', 'torch.nn.'],
  ['torch.nn.modules.', 'torch.nn.'],
  ['torch.autograd.no_grad', 'torch.no_grad'],
  ['torch.autograd.grad_mode.', 'torch.'],
  ['torch.autograd.inference_mode', 'torch.inference_mode'],
  ['torch.autograd.set_grad_enabled', 'torch.set_grad_enabled'],
  ['pytorch_lightning.', 'lightning.'],
  ['lightning.pytorch.', 'lightning.'],
  ['lightning.fabric.', 'lightning.'],
  ['lightning_fabric.', 'lightning.'],
  ['tqdm.auto.', 'tqdm.'],
  ['tqdm.notebook.', 'tqdm.'],
  ['tqdm.std.', 'tqdm.'],
  ['tqdm.rich.', 'tqdm.'],
  ['tqdm.autonotebook.', 'tqdm.'],
];

const exact: Readonly<Record<string, string>> = {
  pytorch_lightning: 'lightning',
  'lightning.pytorch': 'lightning',
  'lightning.fabric': 'lightning',
  'lightning.core.LightningModule': 'lightning.LightningModule',
  'lightning.core.module.LightningModule': 'lightning.LightningModule',
  'lightning.core.lightning.LightningModule': 'lightning.LightningModule',
  'tqdm.auto': 'tqdm',
  'tqdm.notebook': 'tqdm',
  'torch.cuda.amp': 'torch.amp',
  'torch.utils.data.dataloader': 'torch.utils.data',
  'torch.utils.data.dataset': 'torch.utils.data',
  'accelerate.accelerator.Accelerator': 'accelerate.Accelerator',
  'torch.autograd.Variable': 'torch.autograd.Variable',
};

/** Every file asks for the same few thousand names, many times: by the whole name, and by owner and member. */
const known = new Map<string, string>();
const knownMembers = new Map<string, Map<string, string>>();
const mostKnown = 20_000;

export function canonicalName(name: string): string {
  let canonical = known.get(name);
  if (canonical === undefined) {
    canonical = followed(name);
    if (known.size < mostKnown) known.set(name, canonical);
  }
  return canonical;
}

/** The name of a member, without joining the two parts each time. */
export function canonicalMember(owner: string, member: string): string {
  let members = knownMembers.get(owner);
  if (members === undefined) {
    if (knownMembers.size >= mostKnown) return canonicalName(`${owner}.${member}`);
    members = new Map();
    knownMembers.set(owner, members);
  }
  let canonical = members.get(member);
  if (canonical === undefined) {
    canonical = canonicalName(`${owner}.${member}`);
    if (members.size < mostKnown) members.set(member, canonical);
  }
  return canonical;
}

/** Follows the table until nothing changes. */
function followed(name: string): string {
  let current = name;
  for (let round = 0; round < 3; round++) {
    const whole = exact[current];
    if (whole !== undefined && whole !== current) {
      current = whole;
      continue;
    }
    const hit = renamed.find(([from]) => current.startsWith(from));
    if (hit === undefined) return current;
    current = hit[1] + current.slice(hit[0].length);
  }
  return current;
}
