// The guided way to a model host: address, token, a test, and only then the settings.
import * as vscode from 'vscode';

import { chosen } from '../config';
import type { Server } from '../server/server';
import type { HostSetting } from '../server/environment';
import { isOpenOnTheWire, nameFor, withHost, wrongAddress } from './address';
import { parsed, run } from './command';
import type { Models } from './models';
import { canChat } from './suggest';

interface Findings {
  findings: { about: string; level: 'ok' | 'warning' | 'problem'; message: string; fix?: string }[];
  hosts: { name: string; version: string | null; models: { name: string; capabilities?: string[] }[] }[];
}

/** What came of a test. */
interface Tested {
  good: boolean;
  text: string;
  models: string[];
}

/** Asks, tests and keeps. */
export async function connectHost(server: Server, models: Models): Promise<boolean> {
  const { t } = vscode.l10n;
  const title = t('Connect a model host');
  const address = await vscode.window.showInputBox({
    title,
    prompt: t('Where does Ollama run? This machine, or a server of yours.'),
    value: 'http://127.0.0.1:11434',
    valueSelection: [0, 22],
    ignoreFocusOut: true,
    validateInput: wrongAddress,
  });
  if (!address) return false;
  const login = await vscode.window.showQuickPick(
    [
      {
        label: t('No token'),
        detail: t('Ollama on this machine, or in a network that you trust'),
        kind_: 'none' as const,
      },
      {
        label: t('Bearer token'),
        detail: t('Kept in the secret storage of the editor, never in a file'),
        kind_: 'token' as const,
      },
      {
        label: t('User and password'),
        detail: t('The password is kept in the secret storage of the editor'),
        kind_: 'user' as const,
      },
    ],
    { title, placeHolder: t('How does the host know who you are?'), ignoreFocusOut: true },
  );
  if (!login) return false;
  const name = nameFor(address);
  const host: Record<string, unknown> = { name, url: address.trim() };
  let secret: string | undefined;
  if (login.kind_ === 'user') {
    const user = await vscode.window.showInputBox({ title, prompt: t('User'), ignoreFocusOut: true });
    if (!user) return false;
    host.user = user;
  }
  if (login.kind_ !== 'none') {
    const prompt = login.kind_ === 'token' ? t('The token') : t('The password');
    secret = await vscode.window.showInputBox({ title, prompt, password: true, ignoreFocusOut: true });
    if (!secret) return false;
  }
  if (isOpenOnTheWire(address)) {
    const anyway = t('Connect Anyway');
    const sure = await vscode.window.showWarningMessage(
      t('{0} is another machine and has no encryption', name),
      {
        modal: true,
        detail: t(
          'Code, questions and tokens can be read by anybody on the way. Use https:// if the host has it, or a tunnel.',
        ),
      },
      anyway,
    );
    if (sure !== anyway) return false;
  }
  const tested = await test(server, host, secret);
  const keep = tested.good ? t('Use This Host') : t('Use It Anyway');
  const again = t('Change');
  const answer = await (tested.good ? vscode.window.showInformationMessage : vscode.window.showWarningMessage)(
    tested.good ? t('{0} answers', name) : t('{0} does not work yet', name),
    { modal: true, detail: tested.text },
    keep,
    again,
  );
  if (answer === again) return connectHost(server, models);
  if (answer !== keep) return false;
  await keepHost(server, host, name, secret);
  if (tested.good && tested.models.length === 0) await models.pull(undefined, name);
  return true;
}

/** Tests the hosts that are set up. */
export async function testHosts(server: Server): Promise<void> {
  const { path, env } = await server.commandLine();
  const result = await tell(path, env);
  const message = result.good
    ? vscode.l10n.t('The model hosts answer')
    : vscode.l10n.t('Something is wrong with the model hosts');
  const connect = vscode.l10n.t('Connect a Model Host');
  const show = result.good ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const picked = await show(message, { modal: true, detail: result.text }, connect);
  if (picked === connect) await vscode.commands.executeCommand('codecompass.hosts.connect');
}

async function test(server: Server, host: Record<string, unknown>, secret: string | undefined): Promise<Tested> {
  const { path } = await server.commandLine();
  const name = String(host.name);
  return tell(path, await server.environment([host], secret ? { [name]: secret } : {}));
}

async function tell(path: string, env: NodeJS.ProcessEnv): Promise<Tested> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Asking the model host'),
      cancellable: true,
    },
    async (_, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        const ran = await run({ path, env, args: ['doctor', '--json', '--quick'], signal: abort.signal });
        const found = parsed<Findings>(ran.lines)[0];
        if (!found) return { good: false, text: ran.problem, models: [] };
        return readFindings(found);
      } catch (error) {
        return { good: false, text: (error as Error).message, models: [] };
      }
    },
  );
}

/** What the doctor says about the hosts, for people. */
export function readFindings(found: Findings): Tested {
  const about = found.findings.filter((finding) => finding.about.startsWith('host'));
  const models = found.hosts
    .flatMap((host) => host.models)
    .filter(canChat)
    .map(({ name }) => name);
  const answered = found.hosts.some((host) => host.version !== null);
  const bad = about.some((finding) => finding.level === 'problem');
  const text = about.map(({ message, fix }) => (fix ? `${message}; ${fix}` : message)).join('\n');
  return { good: answered && !(bad && models.length > 0), text, models };
}

async function keepHost(server: Server, host: HostSetting, name: string, secret: string | undefined): Promise<void> {
  const before = chosen('ollama.hosts', server.inspect('ollama.hosts'), true);
  const hosts = withHost(Array.isArray(before) ? (before as HostSetting[]) : [], host);
  await server.keepSecret(name, secret);
  // A change of the setting starts the server anew.
  await vscode.workspace
    .getConfiguration('codecompass')
    .update('ollama.hosts', hosts, vscode.ConfigurationTarget.Global);
  void vscode.commands.executeCommand('setContext', 'codecompass.hostConnected', true);
}
