// An explanation beside the code: a Markdown preview that fills while the answer is written.
import * as vscode from 'vscode';

import { ask, front, problems, type Chosen } from '../chat/ask';
import { aboutSubject, Session } from '../chat/session';
import type { AnswerResult, Subject } from '../lsp_ext';
import type { Server } from '../server/server';
import { document } from './document';

const SCHEME = 'codecompass-answer';
const EVERY_MS = 200;

/** Has the documents of the answers that are shown. */
export class Beside implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();
  private readonly registration: vscode.Disposable;
  private number = 0;

  constructor(private readonly server: Server) {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  /** Explains something in a preview beside the code. */
  async explain(subject: Subject, model: Chosen | undefined): Promise<void> {
    this.number += 1;
    const about = aboutSubject(subject);
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/${about.replace(/[^\w.:()-]+/g, ' ').trim()}.md`,
      query: String(this.number),
    });
    const session = new Session();
    const turn = session.ask('', 'explain', about, Date.now());
    let timer: NodeJS.Timeout | undefined;
    const update = (answer?: AnswerResult): void => {
      this.texts.set(uri.toString(), document(about, turn, answer));
      this.changed.fire(uri);
    };
    update();
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Explaining {0}', about), cancellable: true },
      async (_, token) => {
        const asked = ask(
          this.server,
          {
            mode: 'explain',
            message: '',
            subject,
            editor: front(),
            diagnostics: problems(),
            model: model?.name,
            host: model?.host,
          },
          (delta) => {
            if (session.apply(delta))
              timer ??= setTimeout(() => {
                timer = undefined;
                update();
              }, EVERY_MS);
          },
        );
        token.onCancellationRequested(asked.stop);
        try {
          session.finish(turn, await asked.answer);
        } catch (error) {
          session.fail(turn, (error as Error).message);
        }
      },
    );
    clearTimeout(timer);
    update(turn.answer);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
    this.texts.clear();
  }
}
