// package.json against the code, the server and its documentation: names that drift apart are found here.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { FOLDER_SETTINGS, OWN_SETTINGS, SERVER_SETTINGS } from '../src/config';
import { ALLOWED_COMMANDS } from '../src/chat/protocol';
import { COMMANDS, METHODS } from '../src/lsp_ext';
// @ts-expect-error it is plain JavaScript
import * as table from '../scripts/manifest.mjs';
// @ts-expect-error it is plain JavaScript
import * as l10n from '../scripts/l10n.mjs';

const { generate } = table as { generate: (manifest: unknown) => { manifest: unknown; texts: Record<string, string> } };

interface Manifest {
  version: string;
  main: string;
  contributes: {
    configuration: {
      properties: Record<string, { default?: unknown; scope?: string; markdownDescription?: string }>;
    }[];
    commands: { command: string }[];
    menus: Record<string, { command?: string; submenu?: string }[]>;
    keybindings: { command: string; key: string }[];
    submenus: { id: string }[];
    walkthroughs: { steps: { media: { image: string } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

const root = path.join(__dirname, '..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
const text = read('package.json');
const manifest = JSON.parse(text) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const settings = Object.assign(
  {},
  ...manifest.contributes.configuration.map(({ properties }) => properties),
) as Manifest['contributes']['configuration'][number]['properties'];
const sources = fs
  .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(path.join('src', file)))
  .join('\n');
const ofServer = (file: string): string => fs.readFileSync(path.join(root, '..', file), 'utf8');

describe('package.json', () => {
  it('is what the table of settings and commands says; `npm run manifest` writes it', () => {
    const made = generate(JSON.parse(text));
    expect(made.manifest).toEqual(manifest);
    expect(texts).toMatchObject(made.texts);
  });

  it('has a text for every name, and no text for nothing', () => {
    const named = [...text.matchAll(/%([\w.-]+)%/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !texts[name])).toEqual([]);
    expect(Object.keys(texts).filter((name) => !named.includes(name))).toEqual([]);
  });

  it('has every command that is registered, and menus name no others', () => {
    const commands = manifest.contributes.commands.map(({ command }) => command);
    const internal = ['codecompass.open', COMMANDS.chatSend, COMMANDS.chatStop, COMMANDS.chatRegenerate];
    const registered = [
      ...Object.values(COMMANDS),
      ...[...sources.matchAll(/^ {4}'(codecompass\.[\w.]+)':/gm)].map(([, id]) => id ?? ''),
    ];
    expect([...new Set(registered)].filter((id) => !internal.includes(id)).sort()).toEqual([...commands].sort());
    const menus = Object.values(manifest.contributes.menus)
      .flat()
      .flatMap(({ command }) => command ?? []);
    expect(menus.filter((command) => !commands.includes(command))).toEqual([]);
    expect(ALLOWED_COMMANDS.filter((id) => id.startsWith('codecompass.') && !commands.includes(id))).toEqual([]);
    const mentioned = [
      ...text.matchAll(/command:(codecompass\.[\w.]+)/g),
      ...JSON.stringify(texts).matchAll(/command:(codecompass\.[\w.]+)/g),
    ].map(([, id]) => id ?? '');
    expect(mentioned.filter((id) => !commands.includes(id))).toEqual([]);
  });

  it('has every picture of the walkthrough', () => {
    const images = manifest.contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.image));
    expect(images.filter((image) => !fs.existsSync(path.join(root, image)))).toEqual([]);
  });
});

describe('the texts for translators', () => {
  it('are all that the extension has; `npm run l10n` collects them', () => {
    const { texts } = l10n as { texts: (root: string) => Record<string, string> };
    expect(JSON.parse(read('l10n/bundle.l10n.json'))).toEqual(texts(root));
  });
});

describe('the settings', () => {
  const known = [
    ...ofServer('docs/configuration.md').matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| `(.*?)` \|.*\| (yes|no) \|$/gm),
  ];

  it('are all that the server has, and the own ones', () => {
    const server = known.map(([, name]) => name ?? '');
    expect(Object.keys(SERVER_SETTINGS).sort()).toEqual([...server].sort());
    expect(Object.keys(settings).sort()).toEqual(
      [...server, ...OWN_SETTINGS].map((name) => `codecompass.${name}`).sort(),
    );
  });

  it('have the defaults of the server', () => {
    for (const [, name, shown] of known) {
      // Without hosts it is the one on this machine, which the server knows.
      if (name === 'ollama.hosts') continue;
      expect(JSON.stringify(settings[`codecompass.${name}`]?.default), name).toBe(shown);
    }
  });

  it('can be changed by a folder only where the project may, or where nothing leaves the machine by it', () => {
    const free = Object.entries(settings)
      .filter(([, { scope }]) => scope === 'window')
      .map(([name]) => name.replace('codecompass.', ''));
    expect(free.sort()).toEqual([...FOLDER_SETTINGS].sort());
    for (const name of ['ollama.hosts', 'chat.model', 'embedding.provider', 'privacy.offline', 'privacy.audit_log']) {
      expect(settings[`codecompass.${name}`]?.scope, name).toBe('machine');
    }
  });

  it('of an untrusted folder count for nothing', () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    const changeable = Object.entries(settings)
      .filter(([, { scope }]) => scope !== 'machine')
      .map(([name]) => name);
    expect([...restricted].sort()).toEqual(changeable.sort());
  });

  it('are those of the real program', (context) => {
    const { CODECOMPASS_BIN: program } = process.env;
    if (!program) return context.skip();
    const shown = JSON.parse(execFileSync(program, ['config', 'show', '--json'], { encoding: 'utf8' })) as {
      settings: object;
    };
    expect(Object.keys(shown.settings).sort()).toEqual(Object.keys(SERVER_SETTINGS).sort());
  });
});

describe('the protocol', () => {
  const files = ['server/src/lsp/ext.rs', 'server/src/lsp/ext/chat.rs', 'server/src/lsp/ext/conversations.rs'];
  const rust = files
    .filter((file) => fs.existsSync(path.join(root, '..', file)))
    .map(ofServer)
    .join('\n');
  const names = (pattern: RegExp): string[] =>
    [...new Set([...rust.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();
  const methods = names(/METHOD: &'static str = "(codecompass\/\w+)"/g);
  const commands = names(/= "(codecompass\.[\w.]+)"/g);

  it('has the same names here and in the server', () => {
    const ours = { methods: Object.values(METHODS) as string[], commands: Object.values(COMMANDS) as string[] };
    expect(methods.filter((name) => !ours.methods.includes(name))).toEqual([]);
    expect(commands.filter((name) => !ours.commands.includes(name))).toEqual([]);
    expect(ours.methods.filter((name) => !methods.includes(name))).toEqual([]);
    expect(ours.commands.filter((name) => !commands.includes(name))).toEqual([]);
  });
});
