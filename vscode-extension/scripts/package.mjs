// Makes the package of one platform: `node scripts/package.mjs --target linux-x64 --server PATH [--out FILE]`. The server's
// program goes into it; nothing is fetched. Without a server the package is the one that finds it on the PATH.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TARGETS = [
  'linux-x64',
  'linux-arm64',
  'linux-armhf',
  'alpine-x64',
  'alpine-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
];
const { values } = parseArgs({
  options: { target: { type: 'string' }, server: { type: 'string' }, out: { type: 'string' } },
});
const { target, server, out } = values;
if (Boolean(target) !== Boolean(server)) fail('--target and --server belong together: a program runs on one platform');
if (target && !TARGETS.includes(target)) fail(`there is no platform ${target}; it can be ${TARGETS.join(', ')}`);

process.chdir(path.join(path.dirname(fileURLToPath(import.meta.url)), '..'));
const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
const file = path.resolve(out ?? `codecompass-${version}${target ? `-${target}` : ''}.vsix`);
fs.rmSync('server', { recursive: true, force: true });
try {
  if (server) {
    if (!fs.existsSync(server)) fail(`${server} is not there`);
    const name = target.startsWith('win32') ? 'codecompass.exe' : 'codecompass';
    fs.mkdirSync('server');
    fs.copyFileSync(server, path.join('server', name));
    fs.chmodSync(path.join('server', name), 0o755);
  }
  const node = (...args) => execFileSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  node('esbuild.mjs', '--production');
  const vsce = 'node_modules/@vscode/vsce/vsce';
  const args = [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '-o',
    file,
  ];
  const said = execFileSync(process.execPath, [vsce, ...args, ...(target ? ['--target', target] : [])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(said);
  if (/warning/i.test(said)) fail('vsce warned');
} finally {
  fs.rmSync('server', { recursive: true, force: true });
}

function fail(why) {
  console.error(why);
  process.exit(2);
}
