// What a click on the item in the status bar offers.
import * as vscode from 'vscode';

import type { Server } from '../server/server';
import { phase } from './text';

/** Shows the menu and does what is chosen. */
export async function showMenu(server: Server): Promise<void> {
  const { t } = vscode.l10n;
  const { state, report } = server;
  type Item = vscode.QuickPickItem & { command?: string };
  const entry = (icon: string, label: string, command: string, description?: string): Item => ({
    label: `$(${icon}) ${label}`,
    command,
    description,
  });
  const folders = report?.folders ?? [];
  const paused = folders.some((folder) => folder.phase === 'paused');
  const said =
    state.is === 'running' ? folders.map(phase).join(', ') : state.is === 'failed' ? state.problem : state.is;
  const trusted = vscode.workspace.isTrusted;
  const items: Item[] = [
    entry('search', t('Search by meaning'), 'codecompass.search'),
    ...(trusted
      ? [entry('comment-discussion', t('Ask about this code'), 'codecompass.chat.open')]
      : [entry('shield', t('Manage trust'), 'workbench.trust.manage', t('only search until this folder is trusted'))]),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    entry('pulse', t('Status page'), 'codecompass.status', said),
    paused
      ? entry('debug-start', t('Go on indexing'), 'codecompass.resume')
      : entry('debug-pause', t('Pause indexing'), 'codecompass.pause'),
    entry('refresh', t('Index anew'), 'codecompass.reindex'),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...(trusted
      ? [
          entry('chip', t('Models'), 'codecompass.models.list'),
          entry('plug', t('Connect a model host'), 'codecompass.hosts.connect'),
        ]
      : []),
    entry('checklist', t('What is wrong? (doctor)'), 'codecompass.doctor'),
    entry('output', t('Show the log'), 'codecompass.showLog'),
    entry('debug-restart', t('Restart the server'), 'codecompass.restart'),
    entry('gear', t('Settings'), 'codecompass.settings'),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'CodeCompass', placeHolder: said });
  if (picked?.command) await vscode.commands.executeCommand(picked.command);
}
