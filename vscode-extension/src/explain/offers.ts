// Code actions that can be run for as long as they are shown. VS Code forgets the arguments of an action as soon as it has
// asked for a newer list, even while the older one is still open, and then says that the command is not found. It keeps
// commands without arguments, so each action gets one of its own.
import * as vscode from 'vscode';

/** Far more than are on the screen. The oldest is replaced. */
const MOST = 256;

/** Knows what the latest actions do. */
export class Offers implements vscode.Disposable {
  private readonly offered: vscode.Command[] = [];
  private readonly registered: vscode.Disposable[] = [];
  private next = 0;

  /** A command without arguments that does the same. */
  keep(command: vscode.Command): vscode.Command {
    if (!command.arguments || command.arguments.length === 0) return command;
    const slot = this.next;
    const id = `_codecompass.offer.${slot}`;
    this.next = (slot + 1) % MOST;
    this.offered[slot] = command;
    this.registered[slot] ??= vscode.commands.registerCommand(id, () => {
      const now = this.offered[slot];
      return now && vscode.commands.executeCommand(now.command, ...((now.arguments as unknown[] | undefined) ?? []));
    });
    return { title: command.title, tooltip: command.tooltip, command: id };
  }

  dispose(): void {
    for (const command of this.registered) command.dispose();
  }
}
