import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { maskAnswer } from './maskAnswer.ts';
import { maskCodeSecrets } from './maskCodeSecrets.ts';
import { mask } from './maskSecrets.ts';

/** A line of code, the secret in it, and what has to be left of the line. */
const planted: readonly (readonly [line: string, secret: string, left: string])[] = [
  ['token = "planted-01"', 'planted-01', `token = "${mask}"`],
  ["login(token='planted-02', add=True)", 'planted-02', `login(token='${mask}', add=True)`],
  ['os.environ["HF_TOKEN"] = "planted-03"', 'planted-03', `os.environ["HF_TOKEN"] = "${mask}"`],
  [`os.environ.get('API_KEY', 'planted-04')`, 'planted-04', `os.environ.get('API_KEY', '${mask}')`],
  ['cfg = {"password": "planted-05", "lr": 1}', 'planted-05', `cfg = {"password": "${mask}", "lr": 1}`],
  ['api_key: str = "planted-06"', 'planted-06', `api_key: str = "${mask}"`],
  [`p.add_argument("--hub-token", type=str, default="planted-07")`, 'planted-07', 'default='],
  ['run(["--api-key", "planted-08"])', 'planted-08', `run(["--api-key", "${mask}"])`],
  ['engine = create("postgres://me:planted-09@db/x")', 'planted-09', `postgres://${mask}@db/x`],
  ['x = load("hf_PLANTED10abcdefghijklmnop")', 'PLANTED10', `x = load("${mask}")`],
  ['openai.key = "sk-planted11planted11plant"', 'planted11', `openai.key = "${mask}"`],
  ['h = {"Authorization": f"Bearer planted-12"}', 'planted-12', `h = {"Authorization": f"${mask}"}`],
  ['h = "Authorization: Bearer planted-13"', 'planted-13', `h = "Authorization: ${mask}"`],
  ['secret = ("planted"\n          "-14-more")', '-14-more', 'secret = ('],
  ['password = """planted-15\nplanted-15"""', 'planted-15', `${mask}"""`],
  ['model.fit(x)  # password: planted-16', 'planted-16', 'model.fit(x)  # password: '],
  [`conf = '{"token": "planted-17"}'`, 'planted-17', "conf = '{"],
  ['if passphrase == "planted-18":', 'planted-18', `if passphrase == "${mask}":`],
  ['token = os.environ.get("HF_TOKEN") or "planted-19"', 'planted-19', `get("HF_TOKEN") or "${mask}"`],
  ['key = b"planted-20-0123456789"', 'planted-20', `key = b"${mask}"`],
  ['login("me", password="planted%s-21")', '-21', `login("me", password="${mask}")`],
  ['api_key = f"{prefix}PLANTED-22"', 'PLANTED-22', `api_key = f"{prefix}${mask}"`],
  ['DB_PASSWORD = "planted{b}-23"', '-23', `DB_PASSWORD = "${mask}"`],
  ['run("--password planted-24%d", 3)', 'planted-24', 'run("--password '],
  ['h = {"Authorization": f"Bearer planted-25{x}"}', 'planted-25', `f"${mask}{x}"`],
];

test('a secret is gone from each line of code, and the code around it is not', () => {
  assert.equal(planted.length, 25);
  for (const [line, secret, left] of planted)
    for (const sign of ['', '-', '+']) {
      const masked = maskCodeSecrets(line.replaceAll(/^/gm, sign));
      assert.ok(!masked.includes(secret), masked);
      assert.ok(masked.includes(mask), masked);
      assert.ok(masked.includes(left), masked);
    }
});

test('code without a secret stays as it is, whatever its names are', () => {
  for (const line of [
    'token = tokens[i].argmax(-1).item()',
    '-    token = logits.argmax().item()\n+    token = logits.argmax()',
    'key = f"{name}/loss"; logs[key] = loss.item()',
    'for key, value in batch.items(): batch[key] = value.to(device)',
    'tokenizer.add_special_tokens(pad_token="<pad>", mask_token="[MASK]")',
    'hf_token = os.environ["HF_TOKEN"]; login(token=hf_token)',
    'x = sorted(x, key="length"); api_key = args.api_key',
    'print("token: %d" % token, f"key={key:.3f}", "tokens per second:", rate)',
    'parser.add_argument("--hub-token", help="of the hub")',
    'names = ["token", "loss", "key", "value"]',
    'x = get("https://h/repo/blob/4f5d1ec5c16a7eceb206f42bfc652693601e1d5c/f.py")  # a token: of words',
    "it's the token: 3 J for each, and the user's own: 4 J",
    'h = {"Authorization": f"Bearer {token}"}; print(f"api_key={api_key}", "password: %s" % word)',
    'auth = None if token is None else (user, token)',
  ])
    assert.equal(maskCodeSecrets(line), line);
});

test('no page that is shown to agents loses a word', () => {
  for (const folder of ['rules', 'teach']) {
    const pages = new URL(`../docs/${folder}/`, import.meta.url);
    const names = readdirSync(pages).filter((name) => name.endsWith('.md'));
    assert.ok(names.length > 9);
    for (const name of names) {
      const page = readFileSync(new URL(name, pages), 'utf8');
      assert.equal(maskCodeSecrets(page), page, name);
      assert.equal(maskAnswer(page), page, name);
    }
  }
});

test('a long text takes time as its length, not as its square', () => {
  const usedMs = (text: string): number => {
    const from = process.cpuUsage();
    maskCodeSecrets(text);
    return process.cpuUsage(from).user / 1000;
  };
  const tripled = ['\\"""\n', "\\'''\n"];
  for (const piece of [...tripled, 'token="', "'''", 'key: ', '# x\n', '"a" ', 'token = (\n', '\\"', 'a.']) {
    usedMs(piece.repeat(20_000));
    const [short, long] = [usedMs(piece.repeat(20_000)), usedMs(piece.repeat(160_000))];
    assert.ok(long < 40 * Math.max(short, 5), `${JSON.stringify(piece)}: ${short} ms, ${long} ms`);
  }
});
