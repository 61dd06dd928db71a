// The commands: each one's id is in `package.json`, and those that the server has too are called the same.
import * as vscode from 'vscode';

import type { ChatView } from './chat/view';
import { aboutSubject } from './chat/session';
import type { Beside } from './explain/beside';
import { subjectOf } from './explain/subject';
import { connectHost, testHosts } from './hosts/connect';
import type { Models } from './hosts/models';
import { COMMANDS, type MessageResult, type SearchResult, type Subject, type WhyResult } from './lsp_ext';
import { openPlace } from './places';
import { searchPick } from './search/pick';
import type { Results } from './search/results';
import type { Server } from './server/server';
import { showMenu } from './status/menu';
import type { StatusPanel } from './status/panel';

/** Everything that commands do something with. */
export interface Rooms {
  server: Server;
  chat: ChatView;
  beside: Beside;
  results: Results;
  models: Models;
  status: StatusPanel;
}

type Commands = Record<string, (...given: unknown[]) => unknown>;

/** All commands with what they do. */
export function commands(rooms: Rooms): Commands {
  const { server, chat, results, models, status } = rooms;
  return {
    [COMMANDS.search]: (argument) => searchPick(server, results, queryOf(argument) ?? selectedWord()),
    [COMMANDS.similar]: (argument, selected) => similar(rooms, subjectOf(argument, selected)),
    [COMMANDS.explain]: (argument, selected) => explain(rooms, subjectOf(argument, selected)),
    [COMMANDS.ask]: (argument, selected) =>
      askAbout(rooms, textOf(argument, 'question'), subjectOf(argument, selected)),
    [COMMANDS.chatOpen]: () => chat.reveal(),
    [COMMANDS.chatSend]: (argument) => chat.ask(queryOf(argument) ?? ''),
    [COMMANDS.status]: () => status.show(),
    [COMMANDS.doctor]: () => status.show(true),
    [COMMANDS.why]: (argument, selected) => why(server, subjectOf(argument, selected)),
    [COMMANDS.reindex]: (argument) => reindex(server, argument),
    [COMMANDS.pause]: (argument) => tell(server, COMMANDS.pause, argument),
    [COMMANDS.resume]: (argument) => tell(server, COMMANDS.resume, argument),
    [COMMANDS.modelsList]: () => models.show(),
    [COMMANDS.modelsPull]: (argument) => models.pull(textOf(argument, 'name'), textOf(argument, 'host')),
    [COMMANDS.modelsDelete]: (argument) => deleteModel(models, argument),
    [COMMANDS.modelsSelect]: (argument) => selectModel(rooms, argument),
    'codecompass.chat.new': () => {
      chat.fresh();
      return chat.reveal();
    },
    'codecompass.chat.history': () => chat.showHistory(),
    'codecompass.menu': () => showMenu(server),
    'codecompass.restart': () => server.restart(),
    'codecompass.showLog': () => server.log.show(),
    'codecompass.settings': () =>
      vscode.commands.executeCommand('workbench.action.openSettings', '@ext:codecompass.codecompass'),
    'codecompass.hosts.connect': () => connectHost(server, models),
    'codecompass.hosts.test': () => testHosts(server),
    'codecompass.results.refresh': () => results.refresh(),
    'codecompass.results.clear': () => results.clear(),
    'codecompass.open': (uri, range) => openPlace(String(uri), range as Parameters<typeof openPlace>[1]),
  };
}

async function explain({ server, chat, beside }: Rooms, subject: Subject | undefined): Promise<void> {
  if (!trusted()) return;
  if (!subject) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a file of the workspace to have it explained'));
    return;
  }
  const where = vscode.workspace.getConfiguration('codecompass').get<string>('explain.show', 'chat');
  const model = chat.state.model;
  if (where === 'beside' && server.running) await beside.explain(subject, model);
  else await chat.ask('', 'explain', subject);
}

async function askAbout({ chat }: Rooms, question: string | undefined, subject: Subject | undefined): Promise<void> {
  if (!trusted()) return;
  if (question) return chat.ask(question, 'ask', subject);
  await chat.compose(
    '',
    subject && { label: aboutSubject(subject), place: { uri: subject.uri, range: subject.range } },
  );
}

async function similar({ server, results }: Rooms, subject: Subject | undefined): Promise<void> {
  if (!subject) return;
  const line = (subject.range?.start.line ?? 0) + 1;
  const title = vscode.l10n.t('like {0}', aboutSubject(subject));
  await failing(async () => {
    const result = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking for similar code') },
      () => server.execute<SearchResult>(COMMANDS.similar, { uri: subject.uri, line, limit: 50 }),
    );
    results.show({ title, similar: { uri: subject.uri, line } }, result);
  });
}

async function why(server: Server, subject: Subject | undefined): Promise<void> {
  if (!subject) return;
  await failing(async () => {
    const result = await server.execute<WhyResult>(COMMANDS.why, { uri: subject.uri });
    void vscode.window.showInformationMessage(`CodeCompass: ${result.message}`);
  });
}

async function reindex(server: Server, argument: unknown): Promise<void> {
  const yes = vscode.l10n.t('Index Anew');
  const sure = await vscode.window.showWarningMessage(
    vscode.l10n.t('Throw the index away and build it anew?'),
    { modal: true, detail: vscode.l10n.t('Nothing else is lost, and what is there can be searched meanwhile.') },
    yes,
  );
  if (sure === yes) await tell(server, COMMANDS.reindex, argument);
}

async function tell(server: Server, command: string, argument: unknown): Promise<void> {
  const path = textOf(argument, 'path');
  await failing(async () => {
    const { message } = await server.execute<MessageResult>(command, path ? { path } : undefined);
    void vscode.window.setStatusBarMessage(`CodeCompass: ${message}`, 5_000);
  });
}

async function deleteModel(models: Models, argument: unknown): Promise<void> {
  const { name, host, size } = (argument ?? {}) as { name?: unknown; host?: unknown; size?: unknown };
  if (typeof name !== 'string' || typeof host !== 'string') return models.show();
  return models.remove({ name, host, size: typeof size === 'number' ? size : undefined });
}

async function selectModel({ chat, models }: Rooms, argument: unknown): Promise<void> {
  const [name, host] = [textOf(argument, 'name'), textOf(argument, 'host')];
  if (name && host) return chat.chooseModel({ name, host });
  const picked = await models.pick(chat.state.model);
  if (picked !== undefined) chat.chooseModel(picked ?? undefined);
}

/** Whether anything may be sent to a model; if not, it is said why. */
function trusted(): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Trust');
  void vscode.window
    .showWarningMessage(
      vscode.l10n.t('This folder is not trusted: it can be searched, but nothing of it is sent to a model.'),
      manage,
    )
    .then((picked) => picked && vscode.commands.executeCommand('workbench.trust.manage'));
  return false;
}

/** What goes wrong is said in a message, with the log at hand. */
async function failing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const log = vscode.l10n.t('Show Log');
    const picked = await vscode.window.showErrorMessage(`CodeCompass: ${(error as Error).message}`, log);
    if (picked === log) await vscode.commands.executeCommand('codecompass.showLog');
  }
}

function queryOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  return textOf(argument, 'query') ?? textOf(argument, 'message');
}

function textOf(argument: unknown, name: string): string | undefined {
  const value =
    typeof argument === 'object' && argument !== null ? (argument as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && value ? value : undefined;
}

/** A short selection is what somebody wants to look for. */
function selectedWord(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.selection.isEmpty || !editor.selection.isSingleLine) return undefined;
  const text = editor.document.getText(editor.selection).trim();
  return text.length <= 100 ? text : undefined;
}
