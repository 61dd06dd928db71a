// Collects the texts of the extension into l10n/bundle.l10n.json, from which translations are made. A test compares.
import * as fs from 'node:fs';
import * as path from 'node:path';

/** All texts that are handed to `t`. */
export function texts(root) {
  const found = new Set();
  for (const file of fs.readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const source = fs.readFileSync(path.join(root, 'src', file), 'utf8');
    for (const [, single, double] of source.matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)) {
      found.add((single ?? double).replace(/\\'/g, "'"));
    }
  }
  return Object.fromEntries([...found].sort().map((text) => [text, text]));
}

if (process.argv[1]?.endsWith('l10n.mjs')) {
  fs.mkdirSync('l10n', { recursive: true });
  fs.writeFileSync('l10n/bundle.l10n.json', `${JSON.stringify(texts('.'), undefined, 2)}\n`);
}
