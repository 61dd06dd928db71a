// A view that keeps what was found, by file.
import * as vscode from 'vscode';

import { COMMANDS, METHODS, type Hit, type Mode, type SearchResult } from '../lsp_ext';
import type { Server } from '../server/server';
import { byFile, kindIcon, lineSpan, signals, title } from './query';

/** What was looked for, so that it can be looked for again. */
export interface Question {
  title: string;
  query?: string;
  mode?: Mode;
  /** Code like this is looked for. */
  similar?: { uri: string; line: number };
}

type Node = { file: { uri: string; path: string; hits: Hit[] } } | { hit: Hit } | { note: string };

/** Shows the results of one search. */
export class Results implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  static readonly id = 'codecompass.results';
  private readonly tree: vscode.TreeView<Node>;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private question: Question | undefined;
  private result: SearchResult = { hits: [], notes: [] };

  constructor(private readonly server: Server) {
    this.tree = vscode.window.createTreeView(Results.id, { treeDataProvider: this, showCollapseAll: true });
  }

  /** Shows what was found. */
  show(question: Question, result: SearchResult): void {
    this.question = question;
    this.result = result;
    const { t } = vscode.l10n;
    this.tree.description = question.title;
    this.tree.message = result.hits.length === 0 ? t('Nothing found') : undefined;
    void vscode.commands.executeCommand('setContext', 'codecompass.hasResults', true);
    this.changed.fire();
    void vscode.commands.executeCommand(`${Results.id}.focus`, { preserveFocus: true });
  }

  /** Looks for the same again. */
  async refresh(): Promise<void> {
    const { question } = this;
    if (!question) return;
    try {
      const result = await vscode.window.withProgress({ location: { viewId: Results.id } }, () =>
        question.similar
          ? this.server.execute<SearchResult>(COMMANDS.similar, { ...question.similar, limit: 50 })
          : this.server.request<SearchResult>(METHODS.search, {
              query: question.query,
              mode: question.mode,
              limit: 50,
            }),
      );
      this.show(question, result);
    } catch (error) {
      this.tree.message = (error as Error).message;
    }
  }

  clear(): void {
    this.question = undefined;
    this.result = { hits: [], notes: [] };
    this.tree.description = undefined;
    this.tree.message = undefined;
    void vscode.commands.executeCommand('setContext', 'codecompass.hasResults', false);
    this.changed.fire();
  }

  getChildren(node?: Node): Node[] {
    if (!node)
      return [...byFile(this.result.hits).map((file) => ({ file })), ...this.result.notes.map((note) => ({ note }))];
    return 'file' in node ? node.file.hits.map((hit) => ({ hit })) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ('note' in node) {
      const item = new vscode.TreeItem(node.note);
      item.iconPath = new vscode.ThemeIcon('info');
      return item;
    }
    if ('file' in node) {
      const uri = vscode.Uri.parse(node.file.uri);
      const item = new vscode.TreeItem(uri, vscode.TreeItemCollapsibleState.Expanded);
      const folder = vscode.workspace.asRelativePath(uri).split('/').slice(0, -1).join('/');
      item.description = folder || true;
      item.contextValue = 'file';
      item.iconPath = vscode.ThemeIcon.File;
      return item;
    }
    const { hit } = node;
    const item = new vscode.TreeItem(title(hit));
    item.id = `${hit.uri}:${hit.range.start.line}:${hit.range.start.character}:${hit.range.end.line}`;
    item.description = lineSpan(hit);
    item.iconPath = new vscode.ThemeIcon(kindIcon(hit.kind));
    item.contextValue = 'hit';
    item.command = { command: 'codecompass.open', title: vscode.l10n.t('Open'), arguments: [hit.uri, hit.range] };
    const tip = new vscode.MarkdownString();
    const text = hit.text.split('\n').slice(0, 25).join('\n');
    tip.appendCodeblock(text, hit.language);
    tip.appendText(signals(hit));
    item.tooltip = tip;
    return item;
  }

  getParent(node: Node): Node | undefined {
    if (!('hit' in node)) return undefined;
    const file = byFile(this.result.hits).find((known) => known.uri === node.hit.uri);
    return file && { file };
  }

  dispose(): void {
    this.tree.dispose();
    this.changed.dispose();
  }
}
