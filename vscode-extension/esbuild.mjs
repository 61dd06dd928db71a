// Bundles the extension and its pages into dist/, with the icons that they use and no others.
import { build, context } from 'esbuild';
import * as fs from 'node:fs/promises';

const production = process.argv.includes('--production');
const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'info',
};
const bundles = [
  {
    ...common,
    entryPoints: { main: 'src/main.ts', client: 'src/server/client.ts' },
    outdir: 'dist',
    // The language client is loaded when the server is started, not when the editor is.
    plugins: [
      {
        name: 'later',
        setup: (setup) =>
          setup.onResolve({ filter: /^\.\/client\.js$/ }, () => ({ path: './client.js', external: true })),
      },
    ],
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    alias: {
      'semver/functions/parse': './scripts/semver-shim.cjs',
      'semver/functions/satisfies': './scripts/semver-shim.cjs',
    },
  },
  {
    ...common,
    entryPoints: ['webview/chat.ts', 'webview/page.ts', 'webview/chat.css'],
    outdir: 'dist',
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    loader: { '.css': 'css' },
    external: ['./codicon.ttf'],
    // What a browser has by itself, or what is off, need not be in the bundle.
    alias: { entities: './webview/shims/entities.ts', 'linkify-it': './webview/shims/linkify.ts' },
  },
];

/** The rules for the icons that our pages name; an icon that does not exist is a mistake. */
async function icons() {
  const folder = 'node_modules/@vscode/codicons/dist';
  const css = await fs.readFile(`${folder}/codicon.css`, 'utf8');
  const sources = [];
  for (const file of await fs.readdir('.', { recursive: true })) {
    if (/^(src[\\/](chat|status)|webview)[\\/].*\.ts$/.test(file)) sources.push(await fs.readFile(file, 'utf8'));
  }
  const text = sources.join('\n');
  const named = new Set([...text.matchAll(/codicon-([a-z][a-z-]*[a-z])/g)].map(([, name]) => name));
  // Some are named in tables. A word too many costs a line of CSS.
  for (const [, name] of text.matchAll(/'([a-z][a-z-]+)'/g))
    if (css.includes(`.codicon-${name}:before`)) named.add(name);
  const rules = [];
  for (const name of [...named].sort()) {
    const rule = new RegExp(`\\.codicon-${name}:before \\{[^}]*\\}`).exec(css)?.[0];
    if (!rule) throw new Error(`there is no icon codicon-${name}`);
    rules.push(rule);
  }
  const base = /\.codicon\[class\*='codicon-'\] \{[^}]*\}/.exec(css)?.[0];
  const face =
    "@font-face { font-family: 'codicon'; font-display: block; src: url('./codicon.ttf') format('truetype'); }";
  await fs.mkdir('dist', { recursive: true });
  await fs.writeFile('dist/codicon.css', [face, base, ...rules, ''].join('\n'));
  await fs.copyFile(`${folder}/codicon.ttf`, 'dist/codicon.ttf');
}

await fs.rm('dist', { recursive: true, force: true });
await icons();
if (process.argv.includes('--watch')) {
  for (const bundle of bundles) await (await context(bundle)).watch();
} else {
  await Promise.all(bundles.map((bundle) => build(bundle)));
}
