// Activates the extension: makes the rooms, registers commands, and starts the server without waiting for it.
import * as vscode from 'vscode';

import { ChatView } from './chat/view';
import { commands } from './commands';
import { SERVER_SETTINGS } from './config';
import { Beside } from './explain/beside';
import { Models } from './hosts/models';
import { registerLanguageModels } from './lm/languageModels';
import { Results } from './search/results';
import { Server } from './server/server';
import { StatusBar } from './status/bar';
import { StatusPanel } from './status/panel';

let server: Server | undefined;

/** Called by VS Code. */
export function activate(context: vscode.ExtensionContext): void {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('CodeCompass', { log: true });
  const running = new Server(context, log);
  server = running;
  const models = new Models(running);
  const rooms = {
    server: running,
    models,
    chat: new ChatView(context, running, models),
    beside: new Beside(running),
    results: new Results(running),
    status: new StatusPanel(context, running, models),
  };
  context.subscriptions.push(
    log,
    running,
    models,
    rooms.chat,
    rooms.beside,
    rooms.results,
    rooms.status,
    new StatusBar(running),
  );
  for (const [id, action] of Object.entries(commands(rooms))) {
    context.subscriptions.push(vscode.commands.registerCommand(id, action));
  }
  registerLanguageModels(context, running, models);

  // What goes through the environment is taken at the start only.
  const atStart = [
    'server.path',
    ...Object.entries(SERVER_SETTINGS).flatMap(([name, way]) => (way === 'environment' ? [name] : [])),
  ];
  let restarting: NodeJS.Timeout | undefined;
  const restartSoon = (): void => {
    clearTimeout(restarting);
    restarting = setTimeout(() => void running.restart(), 300);
  };
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (atStart.some((name) => event.affectsConfiguration(`codecompass.${name}`))) restartSoon();
    }),
    context.secrets.onDidChange((event) => {
      if (event.key.startsWith('codecompass.secret.')) restartSoon();
    }),
    // The folder's own settings count from now on, and models may be asked.
    vscode.workspace.onDidGrantWorkspaceTrust(restartSoon),
    { dispose: () => clearTimeout(restarting) },
    running.onReport((report) => {
      const ready =
        report.folders.length > 0 &&
        report.folders.every((folder) => folder.phase === 'ready' || folder.phase === 'following');
      void vscode.commands.executeCommand('setContext', 'codecompass.ready', ready);
    }),
  );
  void running.start();
  log.info(`activated in ${Math.round(performance.now() - began)} ms`);
}

/** Called by VS Code, which waits for it for some seconds. */
export function deactivate(): Thenable<void> | undefined {
  return server?.stop();
}
