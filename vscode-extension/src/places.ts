// Opens places in files and shows them.
import * as vscode from 'vscode';
import { fromRange } from './chat/ask';

type Range = Parameters<typeof fromRange>[0];

const highlight = vscode.window.createTextEditorDecorationType({
  isWholeLine: true,
  backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
  borderColor: new vscode.ThemeColor('editor.rangeHighlightBorder'),
  overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.rangeHighlightForeground'),
  overviewRulerLane: vscode.OverviewRulerLane.Center,
});
const SHOWN_MS = 4_000;
let clearing: NodeJS.Timeout | undefined;

/** Opens a file and shows lines of it for a moment; `line` is the one that matters most of them. */
export async function openPlace(
  uri: string,
  range?: Range,
  options: vscode.TextDocumentShowOptions = {},
  line?: number,
): Promise<void> {
  const target = vscode.Uri.parse(uri, true);
  // A citation may name a folder.
  const kind = await vscode.workspace.fs.stat(target).then(
    (stat) => stat.type,
    () => undefined,
  );
  if (kind === undefined) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} is not there any more', vscode.workspace.asRelativePath(target)),
    );
    return;
  }
  if (kind & vscode.FileType.Directory) {
    await vscode.commands.executeCommand('revealInExplorer', target);
    return;
  }
  const editor = await vscode.window.showTextDocument(target, { preview: true, ...options }).then(
    (shown) => shown,
    // Something else was opened meanwhile, or it is gone: nobody waits for it any more.
    () => undefined,
  );
  if (range && editor) showRange(editor, fromRange(range), !options.preserveFocus, line ?? range.start.line);
}

/** Shows lines in an editor; with the cursor at their begin, if it is to go there. */
export function showRange(editor: vscode.TextEditor, range: vscode.Range, moveCursor: boolean, line: number): void {
  const last = range.end.character === 0 && range.end.line > range.start.line ? range.end.line - 1 : range.end.line;
  const lines = new vscode.Range(range.start.line, 0, last, 0);
  const at = line > range.start.line ? new vscode.Position(line, 0) : range.start;
  if (moveCursor) editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  editor.setDecorations(highlight, [lines]);
  clearTimeout(clearing);
  clearing = setTimeout(clearHighlight, SHOWN_MS);
}

/** Nothing is shown any more. */
export function clearHighlight(): void {
  clearTimeout(clearing);
  for (const editor of vscode.window.visibleTextEditors) editor.setDecorations(highlight, []);
}
