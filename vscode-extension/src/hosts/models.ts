// The models of the hosts: which there are, choosing one, fetching and deleting.
import * as vscode from 'vscode';

import type { Chosen } from '../chat/ask';
import type { ModelShown } from '../chat/protocol';
import type { ModelReport } from '../lsp_ext';
import type { Server } from '../server/server';
import { parsed, run } from './command';
import { canChat, facts, isModelName, pullProgress, size, SUGGESTIONS } from './suggest';

/** A model and the host it is on. */
export type HostModel = ModelReport & { host: string; url?: string };

/** Knows the models that were there when somebody last looked. */
export class Models implements vscode.Disposable {
  private list: HostModel[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;

  constructor(private readonly server: Server) {}

  /** Those that can answer, as of the last look. */
  known(): ModelShown[] {
    return this.list.filter(canChat).map((model) => ({ name: model.name, host: model.host, detail: facts(model) }));
  }

  get all(): readonly HostModel[] {
    return this.list;
  }

  /** Asks all hosts. Fails with a sentence when none answers. */
  async look(): Promise<HostModel[]> {
    const { path, env } = await this.server.commandLine();
    const ran = await run({ path, env, args: ['models', 'list', '--json'] });
    if (ran.code > 1) throw new Error(ran.problem);
    this.list = parsed<HostModel>(ran.lines);
    this.changed.fire();
    return this.list;
  }

  /** Lets the user choose. `null` means: automatic; undefined: as before. */
  async pick(now: Chosen | undefined): Promise<Chosen | null | undefined> {
    const { t } = vscode.l10n;
    type Item = vscode.QuickPickItem & { choice?: Chosen | null; act?: 'pull' | 'connect' };
    const pick = vscode.window.createQuickPick<Item>();
    pick.placeholder = t('Which model answers in this workspace?');
    pick.busy = true;
    pick.matchOnDescription = true;
    // It is opened from the page of the chat, which may take the focus back for a moment.
    pick.ignoreFocusOut = true;
    const automatic: Item = {
      label: `$(sparkle) ${t('Automatic')}`,
      description: now ? '' : t('chosen'),
      detail: t('The best model that the hosts have, or the one of the setting codecompass.chat.model'),
      choice: null,
    };
    const more: Item[] = [
      { label: '', kind: vscode.QuickPickItemKind.Separator },
      { label: `$(cloud-download) ${t('Fetch a model…')}`, act: 'pull' },
      { label: `$(plug) ${t('Connect a model host…')}`, act: 'connect' },
    ];
    const show = (models: ModelShown[], problem?: string): void => {
      pick.items = [
        automatic,
        ...models.map((model): Item => ({
          label: model.name,
          description: [model.host, now?.name === model.name && now.host === model.host ? t('chosen') : '']
            .filter(Boolean)
            .join(' · '),
          detail: model.detail,
          choice: { name: model.name, host: model.host },
        })),
        ...(problem ? [{ label: `$(warning) ${problem}`, act: 'connect' as const }] : []),
        ...more,
      ];
    };
    show(this.known());
    pick.show();
    this.look()
      .then(
        () => show(this.known()),
        (error: unknown) => show(this.known(), (error as Error).message),
      )
      .finally(() => {
        pick.busy = false;
      });
    const picked = await new Promise<Item | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]));
      pick.onDidHide(() => resolve(undefined));
    });
    pick.dispose();
    if (picked?.act === 'pull') await this.pull();
    else if (picked?.act === 'connect') await vscode.commands.executeCommand('codecompass.hosts.connect');
    return picked?.choice;
  }

  /** Shows what there is and lets it be deleted. */
  async show(): Promise<void> {
    const { t } = vscode.l10n;
    let models: HostModel[];
    try {
      models = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: t('Asking the model hosts') },
        () => this.look(),
      );
    } catch (error) {
      return this.offerConnect((error as Error).message);
    }
    const remove: vscode.QuickInputButton = {
      iconPath: new vscode.ThemeIcon('trash'),
      tooltip: t('Delete this model'),
    };
    type Item = vscode.QuickPickItem & { model?: HostModel };
    const pick = vscode.window.createQuickPick<Item>();
    pick.title = t('Models of the hosts');
    // The hosts were asked first: what the user pointed at meanwhile must not close what they asked for.
    pick.ignoreFocusOut = true;
    pick.placeholder =
      models.length > 0 ? t('Choose a model for the chat, or delete one') : t('No host has a model yet');
    pick.items = [
      ...models.map((model): Item => ({
        label: model.name,
        description: model.host,
        detail: facts(model),
        buttons: [remove],
        model,
      })),
      { label: `$(cloud-download) ${t('Fetch a model…')}` },
    ];
    pick.onDidTriggerItemButton(({ item }) => {
      pick.hide();
      if (item.model) void this.remove(item.model);
    });
    pick.onDidAccept(() => {
      const item = pick.selectedItems[0];
      pick.hide();
      if (item?.model)
        void vscode.commands.executeCommand('codecompass.models.select', {
          name: item.model.name,
          host: item.model.host,
        });
      else if (item) void this.pull();
    });
    pick.onDidHide(() => pick.dispose());
    pick.show();
  }

  /** Fetches a model, with the user's consent. */
  async pull(name?: string, host?: string): Promise<boolean> {
    const { t } = vscode.l10n;
    const model = name ?? (await this.pickSuggestion());
    if (!model) return false;
    if (!isModelName(model)) {
      void vscode.window.showErrorMessage(t('CodeCompass: "{0}" cannot be the name of a model', model));
      return false;
    }
    const known = SUGGESTIONS.find((suggestion) => suggestion.name === model);
    const yes = t('Fetch');
    const question = known
      ? t('Fetch {0} ({1}) onto the model host?', model, size(known.bytes))
      : t('Fetch {0} onto the model host?', model);
    if ((await vscode.window.showInformationMessage(question, { modal: true }, yes)) !== yes) return false;
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: t('Fetching {0}', model), cancellable: true },
      async (progress, token) => {
        const abort = new AbortController();
        token.onCancellationRequested(() => abort.abort());
        let percent = 0;
        try {
          const { path, env } = await this.server.commandLine();
          const ran = await run({
            path,
            env,
            args: ['models', 'pull', model, '--json', ...(host ? ['--host', host] : [])],
            signal: abort.signal,
            onLine: (line) => {
              const now = pullProgress(parsed<object>([line])[0] ?? {});
              progress.report({ message: now.text, increment: Math.max(0, now.percent - percent) });
              percent = Math.max(percent, now.percent);
            },
          });
          if (ran.code !== 0) throw new Error(ran.problem);
        } catch (error) {
          if (!token.isCancellationRequested) void this.offerConnect((error as Error).message);
          return false;
        }
        await this.look().catch(() => undefined);
        void vscode.window.showInformationMessage(t('{0} is there', model));
        return true;
      },
    );
  }

  /** Deletes a model, if the user is sure. */
  async remove(model: { name: string; host: string; size?: number | null }): Promise<void> {
    const { t } = vscode.l10n;
    const yes = t('Delete');
    const sure = await vscode.window.showWarningMessage(
      t('Delete {0} ({1}) from {2}?', model.name, size(model.size) || '?', model.host),
      { modal: true, detail: t('Everybody who uses this host loses it.') },
      yes,
    );
    if (sure !== yes) return;
    const { path, env } = await this.server.commandLine();
    const ran = await run({ path, env, args: ['models', 'rm', model.name, '--host', model.host, '--yes', '--json'] });
    if (ran.code !== 0) void vscode.window.showErrorMessage(`CodeCompass: ${ran.problem}`);
    await this.look().catch(() => undefined);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async pickSuggestion(): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const pick = vscode.window.createQuickPick();
    pick.title = t('Fetch a model');
    pick.placeholder = t('A name of the registry of Ollama, such as qwen2.5-coder:3b');
    const suggestions = SUGGESTIONS.map(({ name, bytes, why }) => ({
      label: name,
      description: size(bytes),
      detail: why,
    }));
    pick.items = suggestions;
    pick.onDidChangeValue((value) => {
      const own =
        value.trim() && !suggestions.some(({ label }) => label === value.trim())
          ? [{ label: value.trim(), description: t('as typed'), alwaysShow: true }]
          : [];
      pick.items = [...suggestions, ...own];
    });
    pick.show();
    const picked = await new Promise<string | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]?.label));
      pick.onDidHide(() => resolve(undefined));
    });
    pick.dispose();
    return picked;
  }

  private async offerConnect(problem: string): Promise<void> {
    const connect = vscode.l10n.t('Connect a Model Host');
    if ((await vscode.window.showErrorMessage(`CodeCompass: ${problem}`, connect)) === connect) {
      await vscode.commands.executeCommand('codecompass.hosts.connect');
    }
  }
}
