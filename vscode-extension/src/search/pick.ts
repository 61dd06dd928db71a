// Search while typing: a quick pick with the code of each hit shown in the editor behind it.
import * as vscode from 'vscode';

import { METHODS, type Hit, type Mode, type SearchResult } from '../lsp_ext';
import { clearHighlight, openPlace } from '../places';
import type { Server } from '../server/server';
import { Latest } from './latest';
import {
  bestLine,
  excerpt,
  kindIcon,
  lineSpan,
  MODES,
  nextMode,
  signals,
  title,
  withFilter,
  withoutFilter,
} from './query';
import type { Results } from './results';

type Item = vscode.QuickPickItem & { hit?: Hit };

/** From a key press to the question; the server answers in a few milliseconds. */
const DEBOUNCE_MS = 40;

let last = { value: '', mode: 'hybrid' as Mode };

/** Opens the pick. */
export function searchPick(server: Server, results: Results, initial?: string): void {
  const { t } = vscode.l10n;
  const settings = vscode.workspace.getConfiguration('codecompass');
  const preview = settings.get<boolean>('search.preview', true);
  const limit = settings.get<number>('search.limit', 30);
  const pick = vscode.window.createQuickPick<Item>();
  const latest = new Latest<SearchResult>(DEBOUNCE_MS);
  const before = remember();
  let { mode } = last;
  let explained = false;
  let accepted = false;
  let hits: Hit[] = [];
  let notes: string[] = [];

  const modeButton = (): vscode.QuickInputButton => {
    const known = MODES.find((one) => one.mode === mode) ?? MODES[0];
    return {
      iconPath: new vscode.ThemeIcon(known?.icon ?? 'compass'),
      tooltip: t('Mode: {0} ({1}). Click for the next one', t(known?.label ?? ''), t(known?.detail ?? '')),
    };
  };
  const filterButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('filter'),
    tooltip: t('Filter by language, path or kind'),
  };
  const signalsButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('graph'),
    tooltip: t('Show why each hit is found'),
  };
  const keepButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('list-tree'),
    tooltip: t('Keep the results in a view'),
  };
  const sideButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('split-horizontal'),
    tooltip: t('Open to the side'),
  };
  let currentMode = modeButton();
  const buttons = (): void => {
    currentMode = modeButton();
    pick.buttons = [currentMode, filterButton, signalsButton, keepButton];
    const known = MODES.find((one) => one.mode === mode);
    pick.title = mode === 'hybrid' ? t('Search by meaning') : t('Search by meaning: {0}', t(known?.label ?? ''));
  };

  const show = (): void => {
    const items: Item[] = hits.map((hit) => ({
      label: `$(${kindIcon(hit.kind)}) ${title(hit)}`,
      description: `${vscode.workspace.asRelativePath(vscode.Uri.parse(hit.uri))}:${lineSpan(hit)}`,
      detail: explained ? signals(hit) : excerpt(hit, pick.value),
      alwaysShow: true,
      buttons: [sideButton],
      hit,
    }));
    for (const note of notes) items.push({ label: `$(info) ${note}`, alwaysShow: true });
    if (items.length === 0 && pick.value.trim()) {
      const indexing = server.report?.folders.some(
        (folder) => folder.phase !== 'ready' && folder.phase !== 'following',
      );
      items.push({
        label: indexing ? t('Nothing found yet: the index is not complete') : t('Nothing found'),
        alwaysShow: true,
      });
    }
    pick.items = items;
  };
  const search = (): void => {
    const query = pick.value.trim();
    if (!query) {
      latest.cancel();
      pick.busy = false;
      hits = [];
      notes = [];
      return show();
    }
    pick.busy = true;
    latest.ask(
      async (signal) => {
        const cancel = new vscode.CancellationTokenSource();
        signal.addEventListener('abort', () => cancel.cancel());
        return server.request<SearchResult>(METHODS.search, { query, mode, limit }, cancel.token);
      },
      (result) => {
        pick.busy = false;
        ({ hits, notes } = result);
        show();
      },
      (error) => {
        pick.busy = false;
        hits = [];
        notes = [error.message];
        show();
      },
    );
  };

  // The server's order is the right one. Where the host lets us say so, it is kept.
  try {
    (pick as { sortByLabel?: boolean }).sortByLabel = false;
  } catch {
    // Then the host keeps the order of items that are always shown.
  }
  pick.placeholder = t('A question, words or a name; filters: lang:rust path:src kind:function');
  pick.matchOnDescription = false;
  pick.matchOnDetail = false;
  pick.keepScrollPosition = false;
  // Previews open behind it, the page of the chat takes the focus back late, and people scroll in what they found: none of
  // that ends the search. Escape does.
  pick.ignoreFocusOut = true;
  buttons();
  pick.onDidChangeValue(search);
  pick.onDidChangeActive(([item]) => {
    if (preview && item?.hit) {
      void openPlace(
        item.hit.uri,
        item.hit.range,
        { preserveFocus: true, preview: true },
        item.hit.range.start.line + bestLine(item.hit, pick.value),
      );
    }
  });
  pick.onDidTriggerButton(async (button) => {
    if (button === currentMode) {
      mode = nextMode(mode);
      last.mode = mode;
      buttons();
      search();
    } else if (button === signalsButton) {
      explained = !explained;
      show();
    } else if (button === keepButton) {
      accepted = true;
      pick.hide();
      results.show({ query: pick.value.trim(), mode, title: pick.value.trim() }, { hits, notes });
    } else if (button === filterButton) {
      accepted = true;
      const { value } = pick;
      pick.hide();
      const filtered = await chooseFilter(server, value);
      searchPick(server, results, filtered ?? value);
    }
  });
  pick.onDidTriggerItemButton(({ item }) => {
    accepted = true;
    pick.hide();
    if (item.hit)
      void openPlace(item.hit.uri, item.hit.range, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  });
  pick.onDidAccept(() => {
    const item = pick.activeItems[0];
    if (!item?.hit) return;
    accepted = true;
    pick.hide();
    void openPlace(
      item.hit.uri,
      item.hit.range,
      { preview: false },
      item.hit.range.start.line + bestLine(item.hit, pick.value),
    );
  });
  // What was not there yet may be there now: the index grew, or the server is back.
  const again = server.onReport(() => {
    if (hits.length === 0 && !pick.busy && pick.value.trim()) search();
  });
  pick.onDidHide(() => {
    again.dispose();
    latest.cancel();
    last = { value: pick.value, mode };
    pick.dispose();
    if (!accepted) void before.restore();
  });
  pick.value = initial ?? '';
  pick.show();
  if (initial) search();
}

/** Where the user was, for when nothing is chosen. */
function remember(): { restore: () => Promise<void> } {
  const editor = vscode.window.activeTextEditor;
  const selection = editor?.selection;
  const visible = editor?.visibleRanges[0];
  const tabs = new Set(vscode.window.tabGroups.all.flatMap((group) => group.tabs));
  return {
    restore: async () => {
      clearHighlight();
      if (editor && selection) {
        // The focus comes back by itself; taking it could take it away from what was opened meanwhile.
        const shown = await vscode.window.showTextDocument(editor.document, {
          viewColumn: editor.viewColumn,
          preserveFocus: true,
        });
        shown.selection = selection;
        if (visible) shown.revealRange(visible, vscode.TextEditorRevealType.AtTop);
      }
      // What was only looked at goes away again.
      const own = editor?.document.uri.toString();
      const left = vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter((tab) => tab.isPreview && !tabs.has(tab))
        .filter((tab) => !(tab.input instanceof vscode.TabInputText) || tab.input.uri.toString() !== own);
      if (left.length > 0) await vscode.window.tabGroups.close(left, true);
    },
  };
}

async function chooseFilter(server: Server, query: string): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const languages = new Map<string, number>();
  for (const folder of server.report?.folders ?? []) {
    for (const [language, files] of Object.entries(folder.languages))
      languages.set(language, (languages.get(language) ?? 0) + files);
  }
  type Choice = vscode.QuickPickItem & { query: string };
  const front = vscode.window.activeTextEditor?.document.uri;
  const folder = front && vscode.workspace.asRelativePath(front, false).split('/').slice(0, -1).join('/');
  const choices: Choice[] = [
    { label: `$(close) ${t('No filter')}`, query: (['lang', 'path', 'kind'] as const).reduce(withoutFilter, query) },
    { label: t('Language'), kind: vscode.QuickPickItemKind.Separator, query },
    ...[...languages]
      .sort((a, b) => b[1] - a[1])
      .map(([language, files]): Choice => ({
        label: `lang:${language}`,
        description: String(files),
        query: withFilter(query, { name: 'lang', value: language }),
      })),
    { label: t('Path'), kind: vscode.QuickPickItemKind.Separator, query },
    ...(folder
      ? [
          {
            label: `path:${folder}/**`,
            description: t('the folder of the open file'),
            query: withFilter(query, { name: 'path', value: `${folder}/**` }),
          },
        ]
      : []),
    {
      label: `path:…`,
      description: t('a glob or a part of the path'),
      query: withFilter(query, { name: 'path', value: '' }).trim(),
    },
    { label: t('Kind'), kind: vscode.QuickPickItemKind.Separator, query },
    ...['function', 'method', 'class', 'struct', 'enum', 'interface', 'constant', 'module'].map((kind): Choice => ({
      label: `kind:${kind}`,
      query: withFilter(query, { name: 'kind', value: kind }),
    })),
  ];
  return (await vscode.window.showQuickPick(choices, { title: t('Filter the search') }))?.query;
}
