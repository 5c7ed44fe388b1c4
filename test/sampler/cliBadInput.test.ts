/** What `perjoule run` says and returns where something around it is broken. The command's own status comes first. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cliMain, makePlace, pause } from './samplerHarness.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Broken {
  /** `good` is the harness's own fake; null leaves none on the path. */
  readonly nvidiaSmi: 'good' | 'hang' | 'garbage' | null;
  readonly environment?: NodeJS.ProcessEnv;
  readonly command?: readonly string[];
  /** Some time after the start. */
  readonly meanwhile?: (folder: string) => void;
}

const script = (seconds: number, code = 0): readonly string[] => [
  'bash',
  '-c',
  `sleep ${seconds}; echo done; exit ${code}`,
];

async function run(context: TestContext, broken: Broken): Promise<Ended> {
  const place = makePlace(context, broken.environment);
  const smi = join(place.folder, 'bin', 'nvidia-smi');
  if (broken.nvidiaSmi === null) rmSync(smi);
  else place.fake.control({ mode: broken.nvidiaSmi });
  const child = spawn(
    process.execPath,
    [cliMain, 'run', '--no-check', '--', ...(broken.command ?? script(1.5))],
    {
      env: { ...place.environment, PATH: `${join(place.folder, 'bin')}:/usr/bin:/bin` },
      cwd: place.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    ended.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    ended.stderr += String(chunk);
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (broken.meanwhile !== undefined) {
    await pause(1800);
    broken.meanwhile(place.folder);
  }
  const code = await closed;
  assert.doesNotMatch(ended.stderr, /^ +at |Error:/m);
  return { code, ...ended };
}

const driverRemedy = /^ +Run nvidia-smi in a terminal/m;
const installRemedy = /^ +Install the NVIDIA driver, or set "perjoule\.sampler\.nvidiaSmiPath"/m;

test('nvidia-smi hangs: the command is not held up, and the summary says who is silent', async (context) => {
  const fromMs = performance.now();
  const { code, stdout, stderr } = await run(context, { nvidiaSmi: 'hang', command: script(1, 3) });
  assert.equal(code, 3);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /energy +not available \(NVIDIA GPUs \(nvidia-smi\): no answer yet\.\)/);
  assert.match(stderr, driverRemedy);
  assert.ok(performance.now() - fromMs < 9000);
});

test('nvidia-smi prints garbage', async (context) => {
  const { code, stderr } = await run(context, { nvidiaSmi: 'garbage', command: script(1.5, 3) });
  assert.equal(code, 3);
  assert.match(stderr, /not available \(nvidia-smi printed something unreadable\.\)/);
  assert.match(stderr, driverRemedy);
});

test('nvidia-smi vanishes in the middle of a run', async (context) => {
  const { code, stdout, stderr } = await run(context, {
    nvidiaSmi: 'good',
    command: script(5, 3),
    meanwhile: (folder) => {
      rmSync(join(folder, 'bin', 'nvidia-smi'));
      // Ends the loop that runs: it can no longer read what it is to do.
      rmSync(join(folder, 'bin', 'control.json'));
    },
  });
  assert.equal(code, 3);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /perjoule · run 1 /);
  assert.match(stderr, /energy +not available \(.*\)\n +\S.*nvidia-smi/);
});

test('no nvidia-smi at all', async (context) => {
  const { code, stderr } = await run(context, { nvidiaSmi: null, command: script(1, 3) });
  assert.equal(code, 3);
  assert.match(stderr, /not available \(nvidia-smi was not found on PATH or in the usual places\.\)/);
  assert.match(stderr, installRemedy);
});

test('a state folder that cannot be made: the run is measured, and the summary says that it is not kept', async (context) => {
  const { code, stderr } = await run(context, {
    nvidiaSmi: null,
    environment: { XDG_STATE_HOME: '/proc/nowhere', HOME: '/proc/nowhere' },
    command: script(1, 3),
  });
  assert.equal(code, 3);
  assert.match(
    stderr,
    /note +Runs are not kept: \/proc\/nowhere\S* cannot be made .*Make that folder writable, or set XDG_STATE_HOME/,
  );
});

test('a state folder that may only be read', {
  skip: process.getuid?.() === 0 ? 'the superuser may write everywhere' : false,
}, async (context) => {
  const outer = makePlace(context);
  const state = join(outer.folder, 'locked');
  mkdirSync(state);
  chmodSync(state, 0o500);
  const { code, stderr } = await run(context, {
    nvidiaSmi: null,
    environment: { XDG_STATE_HOME: state },
    command: script(1, 3),
  });
  assert.equal(code, 3);
  assert.match(stderr, /note +Runs are not kept: .*Make that folder writable/);
});

test('a state folder that is a file', async (context) => {
  const outer = makePlace(context);
  const state = join(outer.folder, 'file');
  writeFileSync(state, '');
  const { code, stderr } = await run(context, {
    nvidiaSmi: null,
    environment: { XDG_STATE_HOME: state },
    command: script(1),
  });
  assert.equal(code, 0);
  assert.match(stderr, /note +Runs are not kept: .*Make that folder writable/);
});

test('a state folder on a network file system: nothing to say, the run is kept', async (context) => {
  const { code, stderr } = await run(context, {
    nvidiaSmi: null,
    environment: { PERJOULE_NETWORK_STORE: '1' },
    command: script(1, 3),
  });
  assert.equal(code, 3);
  assert.match(stderr, /perjoule · run 1 /);
  assert.doesNotMatch(stderr, /not kept/);
});

test('a program that does not exist, and one that may not be started', async (context) => {
  const missing = await run(context, { nvidiaSmi: null, command: ['no-such-program-here'] });
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /^perjoule: no-such-program-here: command not found; check the name/m);
  const folder = await run(context, { nvidiaSmi: null, command: ['/usr'] });
  assert.equal(folder.code, 126);
  assert.match(folder.stderr, /^perjoule: \/usr: this is a folder; name a program in it\.$/m);
  const script = await run(context, { nvidiaSmi: null, command: ['/etc/passwd'] });
  assert.equal(script.code, 126);
  assert.match(script.stderr, /^perjoule: \/etc\/passwd: the file may not be executed; make it executable/m);
});

test('what is wrong with the options is told before the command starts', async (context) => {
  const place = makePlace(context);
  mkdirSync(join(place.folder, 'folder'));
  const start = (args: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [cliMain, 'run', ...args, '--', 'touch', 'started'], {
      cwd: place.folder,
      env: { ...place.environment, ...variables },
      encoding: 'utf8',
    });
  const simulated = { PERJOULE_SIM: join(place.folder, 'sim.jsonl') };
  const wrong: readonly [readonly string[], NodeJS.ProcessEnv, RegExp][] = [
    [['--summary', 'nowhere/run.json'], {}, /there is no folder “[^”]+nowhere”; make it first\./],
    [['--summary', 'folder'], {}, /“folder”, which is a folder; name a file in it\./],
    [[], { ...simulated, PERJOULE_SIM_GPU: 'nonsense' }, /PERJOULE_SIM_GPU is “nonsense”.*h100-sxm-80/],
    [[], { ...simulated, PERJOULE_SIM_GPU: 'h100-sxm*0' }, /PERJOULE_SIM_GPU is “h100-sxm\*0”/],
  ];
  for (const [args, variables, message] of wrong) {
    const { status, stderr } = start(args, variables);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^perjoule: [^\n]+; [^\n]+\.\n$/);
    assert.match(stderr, message);
    assert.equal(existsSync(join(place.folder, 'started')), false);
  }
  // Without a simulated GPU the variable says nothing.
  assert.equal(start([], { PERJOULE_SIM: '', PERJOULE_SIM_GPU: 'nonsense' }).status, 0);
  assert.equal(existsSync(join(place.folder, 'started')), true);
});

test('no summary and no run file of another run is replaced unasked, or where nothing was measured', (context) => {
  const place = makePlace(context);
  const old = (name: string): string => join(place.folder, name);
  for (const name of ['s.json', 'o.json']) writeFileSync(old(name), 'of another run');
  const startCommand = (
    command: readonly string[],
    args: readonly string[],
    variables: NodeJS.ProcessEnv = {},
  ) =>
    spawnSync(process.execPath, [cliMain, 'run', '--no-check', ...args, '--', ...command], {
      cwd: place.folder,
      env: { ...place.environment, ...variables },
      encoding: 'utf8',
    });
  const start = (...args: readonly string[]) => startCommand(['true'], args);
  for (const args of [
    ['--summary', 's.json'],
    ['--out', 'o.json'],
  ]) {
    const { status, stderr } = start(...args);
    assert.deepEqual([status, stderr], [2, `perjoule: ${args[1]} is there already; --force replaces it.\n`]);
  }
  const untouched = () => {
    for (const name of ['s.json', 'o.json']) assert.equal(readFileSync(old(name), 'utf8'), 'of another run');
    assert.deepEqual(
      readdirSync(place.folder).filter((name) => name.endsWith('.part')),
      [],
    );
  };
  const forced = ['--summary', 's.json', '--out', 'o.json', '--force'] as const;
  const nothing = 'Nothing was written to s\\.json and o\\.json; what was there before is still there\\.$';
  const short = start(...forced);
  assert.equal(short.status, 0);
  assert.match(short.stderr, new RegExp(`ended before it could be measured.* ${nothing}`, 'm'));
  untouched();
  const misspelt = startCommand(['no-such-program-here'], forced);
  assert.equal(misspelt.status, 127);
  assert.match(misspelt.stderr, new RegExp(`command not found.* ${nothing}`, 'm'));
  untouched();
  // The sampler's place cannot be used: the command runs, and no file goes.
  mkdirSync(join(place.folder, 'taken'));
  writeFileSync(join(place.folder, 'taken', 'perjoule'), '');
  const unmeasured = startCommand(['echo', 'ran'], forced, { XDG_RUNTIME_DIR: join(place.folder, 'taken') });
  assert.equal(unmeasured.stdout, 'ran\n');
  assert.match(unmeasured.stderr, new RegExp(`runs unmeasured\\. ${nothing}`, 'm'));
  untouched();
  // What is no file of ours stays: a device, a folder.
  assert.equal(start('--summary', '/dev/null').status, 0);
  assert.equal(start('--summary', '/dev/null', '--force').status, 0);
  assert.ok(existsSync('/dev/null'));
});

test('a reader that leaves early ends no command with a stack', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  for (const args of [
    ['runs'],
    ['runs', '--format', 'json'],
    ['rules'],
    ['explain', 'host-sync'],
    ['sources'],
  ]) {
    const child = place.start(process.execPath, [cliMain, ...args]);
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.stdout?.destroy();
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual([args, code, stderr], [args, 0, '']);
  }
});

test('wrong usage names the help of the very command', (context) => {
  const place = makePlace(context);
  const wrong = (...args: readonly string[]): string => {
    const { status, stderr } = spawnSync(process.execPath, [cliMain, ...args], {
      cwd: place.folder,
      env: place.environment,
      encoding: 'utf8',
    });
    assert.equal(status, 2, args.join(' '));
    return stderr;
  };
  assert.match(wrong('compare', '--nothing'), /; perjoule compare --help tells more\.\n$/);
  assert.match(wrong('plan', 'power', '--nothing'), /; perjoule plan power --help tells more\.\n$/);
  assert.match(wrong('report'), /; perjoule report --help tells more\.\n$/);
  assert.match(wrong('no-such-command'), /; perjoule --help tells more\.\n$/);
  for (const command of ['sources', 'sample'])
    assert.equal(
      wrong(command, '--prometheus', 'ftp://x'),
      'perjoule: the address of --prometheus is not one of http or https; write it as http://prometheus.example:9090.\n',
    );
  const unknown = wrong('explain', 'no-such-kind');
  assert.match(unknown, /^perjoule: there is no rule or kind of waste "no-such-kind"; .*host-sync.*\.\n$/);
  writeFileSync(join(place.folder, 'x.txt'), 'hello');
  assert.match(
    wrong('import', 'x.txt'),
    /^perjoule: x\.txt: The file is in none of the known forms; name a file of "perjoule export" .* Nothing was imported\.\n$/,
  );
  const help = spawnSync(process.execPath, [cliMain, 'sample', '--help'], { encoding: 'utf8' });
  assert.doesNotMatch(help.stdout, /null\)/);
});

test('a command that fails at once keeps its status', async (context) => {
  const { code, stderr } = await run(context, { nvidiaSmi: null, command: ['bash', '-c', 'exit 3'] });
  assert.equal(code, 3);
  assert.equal(
    stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('perjoule')).length,
    1,
    stderr,
  );
});
