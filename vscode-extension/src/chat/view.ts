// The chat view in the side bar. Has the conversation; what is on the screen can be thrown away and made anew at any time.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';

import { METHODS, type ChatParams, type CompleteResult, type ConversationsResult, type Subject } from '../lsp_ext';
import type { Models } from '../hosts/models';
import { openPlace } from '../places';
import type { Server } from '../server/server';
import { ask, front, problems, toRange, type Asked, type Chosen } from './ask';
import { chatPage } from './html';
import {
  ALLOWED_COMMANDS,
  type ChatState,
  type FromView,
  type Obstacle,
  type PinShown,
  type ToView,
  type Turn,
} from './protocol';
import { aboutSubject, fileName, Session } from './session';

const MODEL = 'codecompass.chat.model';
/** What comes is handed on to the view as often as a screen is drawn anew. */
const FLUSH_MS = 16;

/** Provides the view and has what it shows. */
export class ChatView implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly id = 'codecompass.chat';
  private view: vscode.WebviewView | undefined;
  private session = new Session();
  private running: Asked | undefined;
  private pins: PinShown[] = [];
  private draft = '';
  private model: Chosen | undefined;
  private pending: { id: number; text: string; thinking: string } | undefined;
  private flushTimer: NodeJS.Timeout | undefined;
  private restored = false;
  private readonly disposables: vscode.Disposable[] = [];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    private readonly models: Models,
  ) {
    this.model = context.workspaceState.get<Chosen>(MODEL);
    this.disposables.push(
      vscode.window.registerWebviewViewProvider(ChatView.id, this),
      server.onState((state) => {
        if (state.is === 'running') void this.restore();
        this.around();
      }),
      server.onReport(() => void this.restore()),
      models.onChange(() => this.around()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.around()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.around()),
    );
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    const dist = vscode.Uri.joinPath(this.context.extensionUri, 'dist');
    const { webview } = view;
    webview.options = { enableScripts: true, localResourceRoots: [dist], enableCommandUris: false, enableForms: false };
    const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
    webview.html = chatPage({
      cspSource: webview.cspSource,
      script: uri('chat.js'),
      styles: [uri('codicon.css'), uri('chat.css')],
      nonce: randomBytes(16).toString('base64'),
      t: (text) => vscode.l10n.t(text),
    });
    webview.onDidReceiveMessage((message: FromView) => void this.receive(message), undefined, this.disposables);
    view.onDidDispose(() => {
      this.view = undefined;
    });
    view.onDidChangeVisibility(() => {
      if (view.visible) this.around();
    });
    void this.restore();
  }

  /** Shows the view; with the field for questions in focus. */
  async reveal(focus = true): Promise<void> {
    await vscode.commands.executeCommand(`${ChatView.id}.focus`, { preserveFocus: !focus });
    if (focus) this.post({ type: 'focus' });
  }

  /** Begins a new conversation. */
  fresh(): void {
    this.running?.stop();
    this.running = undefined;
    this.session = new Session();
    this.pins = [];
    void this.keepId(undefined);
    this.showAll();
  }

  /** Asks or explains, visibly. */
  async ask(message: string, mode: Turn['mode'] = 'ask', subject?: Subject): Promise<void> {
    await this.reveal(mode === 'ask' && !message);
    if (!message && !subject) return;
    await this.send(message, mode, subject);
  }

  /** Writes the beginning of a question about something, for the user to go on. */
  async compose(text: string, pin?: PinShown): Promise<void> {
    if (pin) this.addPin(pin);
    this.draft = text || this.draft;
    await this.reveal();
    this.showAll();
    this.post({ type: 'focus' });
  }

  /** Shows the conversations that are kept. */
  async showHistory(): Promise<void> {
    await this.reveal(false);
    this.post({ type: 'showHistory' });
  }

  /** What the tests look at. */
  get state(): ChatState {
    return {
      conversation: this.session.conversation,
      title: this.session.title,
      turns: this.session.turns,
      pins: this.pins,
      models: this.models.known(),
      model: this.model,
      obstacle: this.obstacle(),
      blocked: this.blocked(),
      draft: this.draft,
    };
  }

  dispose(): void {
    clearTimeout(this.flushTimer);
    this.running?.stop();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async receive(message: FromView): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.showAll();
      case 'painted':
        return this.server.log.debug(`chat view painted after ${message.ms} ms`);
      case 'send':
        return this.send(message.message, 'ask');
      case 'stop':
        return this.running?.stop();
      case 'regenerate':
        return this.regenerate();
      case 'new':
        return this.fresh();
      case 'copy':
        return void vscode.env.clipboard.writeText(message.text);
      case 'insert':
        return this.insert(message.text);
      case 'open':
        return openPlace(message.place.uri, message.place.range);
      case 'link':
        // The workbench asks before it opens a page that the user does not trust.
        if (/^https:\/\//i.test(message.url)) await vscode.env.openExternal(vscode.Uri.parse(message.url, true));
        return;
      case 'history':
        return this.sendHistory();
      case 'conversation':
        return this.onConversation(message.action, message.id);
      case 'mention':
        return this.mention(message.request, message.prefix);
      case 'models':
        return this.pickModel();
      case 'model':
        return this.chooseModel(message.name ? { name: message.name, host: message.host } : undefined);
      case 'pin':
        return this.pinFront();
      case 'unpin':
        this.pins.splice(message.index, 1);
        return this.around();
      case 'draft':
        this.draft = message.text;
        return;
      case 'command':
        if ((ALLOWED_COMMANDS as readonly string[]).includes(message.command)) {
          await vscode.commands.executeCommand(message.command);
        }
        return;
    }
  }

  private async send(message: string, mode: Turn['mode'], subject?: Subject): Promise<void> {
    if (this.running || this.blocked()) {
      // What was typed is not lost.
      this.draft = message;
      return this.showAll();
    }
    const turn = this.session.ask(message, mode, subject && aboutSubject(subject), Date.now());
    this.draft = '';
    this.post({ type: 'turn', turn });
    const pins = this.pins.map((pin) => pin.place);
    this.pins = [];
    this.around();
    await this.run(turn, { message, mode, subject, pins });
  }

  private async regenerate(): Promise<void> {
    if (this.running || this.blocked()) return;
    const turn = this.session.again(Date.now());
    if (!turn) return;
    this.showAll();
    const known = this.session.conversation !== undefined;
    await this.run(turn, { message: known ? '' : turn.message, mode: turn.mode, regenerate: known });
  }

  private async run(
    turn: Turn,
    what: Pick<ChatParams, 'message' | 'mode' | 'subject' | 'pins' | 'regenerate'>,
  ): Promise<void> {
    const session = this.session;
    this.running = ask(
      this.server,
      {
        ...what,
        conversation: session.conversation,
        editor: front(),
        diagnostics: problems(),
        model: this.model?.name,
        host: this.model?.host,
      },
      (delta) => {
        const change = session.apply(delta);
        if (!change || session !== this.session) return;
        if (change.is === 'text') this.append(change.id, change.text, change.thinking);
        else if (change.is === 'progress' && turn.stage) {
          this.post({ type: 'progress', id: turn.id, stage: turn.stage, status: turn.status ?? '' });
        } else if (change.is === 'sources') this.post({ type: 'sources', id: turn.id, sources: turn.sources });
      },
    );
    const { running } = this;
    try {
      session.finish(turn, await running.answer);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      session.fail(turn, text, /cancel/i.test(text));
    }
    if (this.running === running) this.running = undefined;
    if (session !== this.session) return;
    this.flush();
    this.post({ type: 'turn', turn });
    void this.keepId(session.conversation);
  }

  /** What comes is collected until the next frame. */
  private append(id: number, text: string, thinking: string): void {
    if (this.pending?.id !== id) this.flush();
    this.pending ??= { id, text: '', thinking: '' };
    this.pending.text += text;
    this.pending.thinking += thinking;
    this.flushTimer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (this.pending) this.post({ type: 'append', ...this.pending });
    this.pending = undefined;
  }

  private showAll(): void {
    // What waits is part of the state.
    this.pending = undefined;
    this.post({ type: 'state', state: this.state });
  }

  private around(): void {
    const { pins, models, model, obstacle, blocked } = this.state;
    this.post({ type: 'around', pins, models, model, obstacle, blocked });
  }

  private post(message: ToView): void {
    void this.view?.webview.postMessage(message);
  }

  private blocked(): boolean {
    return (
      !vscode.workspace.isTrusted ||
      !(vscode.workspace.workspaceFolders ?? []).some(({ uri }) => uri.scheme === 'file') ||
      this.server.state.is === 'failed'
    );
  }

  private obstacle(): Obstacle | undefined {
    const { t } = vscode.l10n;
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.length === 0) {
      return {
        text: t('No folder is open'),
        action: { title: t('Open Folder'), command: 'workbench.action.files.openFolder' },
      };
    }
    if (!folders.some(({ uri }) => uri.scheme === 'file')) {
      return { text: t('The files of this workspace are not on this machine, so that there is nothing to index') };
    }
    if (!vscode.workspace.isTrusted) {
      return {
        text: t('This folder is not trusted: it is indexed and can be searched, but nothing of it is sent to a model'),
        action: { title: t('Manage Trust'), command: 'workbench.trust.manage' },
      };
    }
    const { state } = this.server;
    if (state.is === 'failed') {
      return { text: state.problem, action: { title: t('Try Again'), command: 'codecompass.restart' } };
    }
    if (state.is === 'waiting') return { text: t('The server ended and is started again') };
    return undefined;
  }

  /** Which conversation was shown last. In a file: what VS Code keeps for us is on disk only after some seconds. */
  private async keptId(): Promise<string | undefined> {
    const file = this.idFile();
    return (file && (await fs.readFile(file, 'utf8').catch(() => '')).trim()) || undefined;
  }

  private async keepId(id: string | undefined): Promise<void> {
    const file = this.idFile();
    if (!file) return;
    try {
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, id ?? '');
    } catch (error) {
      this.server.log.warn(`the conversation will not be back after a reload: ${(error as Error).message}`);
    }
  }

  private idFile(): string | undefined {
    const { storageUri } = this.context;
    return storageUri?.scheme === 'file' ? path.join(storageUri.fsPath, 'conversation') : undefined;
  }

  /** The conversation of the time before the window was loaded. */
  private async restore(): Promise<void> {
    if (this.restored || !this.server.running) return;
    this.restored = true;
    const id = await this.keptId();
    if (!id || this.session.turns.length > 0) return;
    try {
      await this.openConversation(id);
    } catch {
      await this.keepId(undefined);
    }
  }

  private conversations(params: object): Promise<ConversationsResult> {
    return this.server.request<ConversationsResult>(METHODS.conversations, params);
  }

  private async openConversation(id: string): Promise<void> {
    const { conversation } = await this.conversations({ action: 'get', id });
    if (!conversation) return;
    this.running?.stop();
    this.running = undefined;
    this.session = Session.of(conversation);
    await this.keepId(id);
    this.showAll();
  }

  private async sendHistory(): Promise<void> {
    try {
      const { conversations } = await this.conversations({ action: 'list' });
      this.post({ type: 'history', conversations: conversations ?? [] });
    } catch (error) {
      this.post({ type: 'history', conversations: [], problem: (error as Error).message });
    }
  }

  private async onConversation(action: 'open' | 'delete' | 'rename' | 'export', id: string): Promise<void> {
    try {
      if (action === 'open') return await this.openConversation(id);
      if (action === 'export') {
        const { markdown } = await this.conversations({ action, id });
        const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: markdown ?? '' });
        await vscode.window.showTextDocument(document);
        return;
      }
      if (action === 'delete') {
        const yes = vscode.l10n.t('Delete');
        const sure = await vscode.window.showWarningMessage(
          vscode.l10n.t('Delete this conversation?'),
          { modal: true },
          yes,
        );
        if (sure !== yes) return;
        await this.conversations({ action, id });
        if (this.session.conversation === id) this.fresh();
      } else {
        const title = await vscode.window.showInputBox({ prompt: vscode.l10n.t('The title of the conversation') });
        if (!title) return;
        await this.conversations({ action, id, title });
      }
      await this.sendHistory();
    } catch (error) {
      void vscode.window.showErrorMessage(`CodeCompass: ${(error as Error).message}`);
    }
  }

  private async mention(request: number, prefix: string): Promise<void> {
    try {
      const { items } = await this.server.request<CompleteResult>(METHODS.complete, {
        prefix,
        uri: front()?.uri,
        limit: 20,
      });
      this.post({ type: 'mentions', request, items });
    } catch {
      this.post({ type: 'mentions', request, items: await filesNamed(prefix) });
    }
  }

  private async pickModel(): Promise<void> {
    const picked = await this.models.pick(this.model);
    if (picked !== undefined) this.chooseModel(picked ?? undefined);
  }

  /** This model answers from now on; without one, the best that there is. */
  chooseModel(model: Chosen | undefined): void {
    this.model = model;
    void this.context.workspaceState.update(MODEL, model);
    this.around();
  }

  private pinFront(): void {
    const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
    if (editor?.document.uri.scheme !== 'file') return;
    const range = editor.selection.isEmpty ? undefined : toRange(editor.selection);
    const uri = editor.document.uri.toString();
    this.addPin({ label: aboutSubject({ uri, range }), place: { uri, range } });
    this.around();
  }

  private addPin(pin: PinShown): void {
    if (!this.pins.some((known) => known.label === pin.label && known.place.uri === pin.place.uri)) this.pins.push(pin);
  }

  private async insert(text: string): Promise<void> {
    const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
    if (!editor) {
      const document = await vscode.workspace.openTextDocument({ content: text });
      await vscode.window.showTextDocument(document);
      return;
    }
    await vscode.window.showTextDocument(editor.document, editor.viewColumn);
    await editor.edit((edit) => edit.replace(editor.selection, text.replace(/\n$/, '')));
  }
}

/** Files, for a server that cannot complete names. */
async function filesNamed(prefix: string): Promise<CompleteResult['items']> {
  const safe = prefix.replace(/[^\w./-]/g, '');
  const files = await vscode.workspace.findFiles(`**/*${safe}*`, undefined, 20);
  return files.map((uri) => ({
    text: `@${vscode.workspace.asRelativePath(uri, false)}`,
    kind: 'file',
    detail: fileName(uri.toString()),
    uri: uri.toString(),
  }));
}
