// The status page as a panel beside the editors.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

import { policy } from '../chat/html';
import type { Models } from '../hosts/models';
import { COMMANDS, type Check, type DoctorResult } from '../lsp_ext';
import type { Server } from '../server/server';
import { pageContent } from './page';

/** The commands that buttons of the page may run. */
const ALLOWED = new Set([
  'codecompass.doctor',
  'codecompass.showLog',
  'codecompass.restart',
  'codecompass.settings',
  'codecompass.pause',
  'codecompass.resume',
  'codecompass.reindex',
  'codecompass.hosts.connect',
  'codecompass.hosts.test',
  'codecompass.models.pull',
  'codecompass.models.delete',
]);
const EVERY_MS = 250;

/** Shows one page, at most. */
export class StatusPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private checks: Check[] | undefined;
  private modelsProblem: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    private readonly models: Models,
  ) {
    this.disposables = [
      server.onState(() => this.soon()),
      server.onReport(() => this.soon()),
      models.onChange(() => this.soon()),
    ];
  }

  /** Opens the page; with what the doctor says, if that is wanted. */
  async show(doctor = false): Promise<void> {
    if (this.panel) this.panel.reveal();
    else this.open();
    this.checks = undefined;
    if (vscode.workspace.isTrusted) {
      this.models
        .look()
        .then(
          () => {
            this.modelsProblem = this.models.all.length > 0 ? undefined : vscode.l10n.t('no host has a model yet');
          },
          (error: unknown) => {
            this.modelsProblem = (error as Error).message;
          },
        )
        .finally(() => this.soon());
    }
    if (!doctor) return this.soon();
    try {
      const result = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking at everything') },
        () => this.server.execute<DoctorResult>(COMMANDS.doctor),
      );
      this.checks = result.findings?.map(toCheck) ?? result.checks;
    } catch (error) {
      this.checks = [{ name: vscode.l10n.t('server'), ok: false, message: (error as Error).message }];
    }
    this.soon();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.panel?.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private open(): void {
    const dist = vscode.Uri.joinPath(this.context.extensionUri, 'dist');
    const panel = vscode.window.createWebviewPanel(
      'codecompass.status',
      vscode.l10n.t('CodeCompass: Status'),
      vscode.ViewColumn.Active,
      {
        enableScripts: true,
        localResourceRoots: [dist],
      },
    );
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.context.extensionUri, 'media', 'compass.svg');
    const uri = (name: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
    const nonce = randomBytes(16).toString('base64');
    panel.webview.html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy({ cspSource: panel.webview.cspSource, nonce })}">
<link rel="stylesheet" href="${uri('codicon.css')}">
<link rel="stylesheet" href="${uri('chat.css')}">
<title>CodeCompass</title>
</head>
<body class="page"><main id="content"></main><script nonce="${nonce}" src="${uri('page.js')}"></script></body>
</html>`;
    panel.webview.onDidReceiveMessage((message: { command?: unknown; argument?: unknown }) => {
      if (typeof message.command !== 'string') return this.update();
      if (!ALLOWED.has(message.command)) return;
      const argument: unknown = typeof message.argument === 'string' ? JSON.parse(message.argument) : undefined;
      void vscode.commands.executeCommand(message.command, argument);
    });
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
  }

  /** Not more often than anybody can read. */
  private soon(): void {
    if (!this.panel) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.update();
    }, EVERY_MS);
  }

  private update(): void {
    const html = pageContent({
      state: this.server.state,
      report: this.server.report,
      trusted: vscode.workspace.isTrusted,
      models: [...this.models.all],
      modelsProblem: this.modelsProblem,
      checks: this.checks,
    });
    void this.panel?.webview.postMessage({ html });
  }
}

/** A finding with its cure, as one line. What could be better is not as it should be. */
function toCheck({ about, level, message, fix }: NonNullable<DoctorResult['findings']>[number]): Check {
  return { name: about, ok: level === 'ok', message: fix ? `${message}; ${fix}` : message };
}
