// The item in the status bar.
import * as vscode from 'vscode';

import type { Server } from '../server/server';
import { bar, tooltip } from './text';

/** Shows how everything is. */
export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly server: Server) {
    this.item = vscode.window.createStatusBarItem('codecompass.status', vscode.StatusBarAlignment.Right, 90);
    this.item.name = 'CodeCompass';
    this.item.command = 'codecompass.menu';
    this.disposables = [
      this.item,
      server.onState(() => this.update()),
      server.onReport(() => this.update()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.update()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('codecompass.statusBar')) this.update();
      }),
    ];
    this.update();
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private update(): void {
    const { state, report } = this.server;
    const trusted = vscode.workspace.isTrusted;
    const shown = bar(state, report, trusted);
    this.item.text = shown.text;
    this.item.accessibilityInformation = { label: shown.label, role: 'button' };
    const text = new vscode.MarkdownString(tooltip(state, report, trusted), true);
    this.item.tooltip = text;
    this.item.backgroundColor =
      shown.level === 'normal' ? undefined : new vscode.ThemeColor(`statusBarItem.${shown.level}Background`);
    if (vscode.workspace.getConfiguration('codecompass').get<boolean>('statusBar.show', true)) this.item.show();
    else this.item.hide();
  }
}
