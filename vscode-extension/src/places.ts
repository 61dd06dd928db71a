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

/** Opens a file and shows lines of it for a moment. */
export async function openPlace(uri: string, range?: Range, options: vscode.TextDocumentShowOptions = {}): Promise<void> {
  const target = vscode.Uri.parse(uri, true);
  // A citation may name a folder.
  const kind = await vscode.workspace.fs.stat(target).then(
    (stat) => stat.type,
    () => undefined,
  );
  if (kind === undefined) {
    void vscode.window.showWarningMessage(vscode.l10n.t('{0} is not there any more', vscode.workspace.asRelativePath(target)));
    return;
  }
  if (kind & vscode.FileType.Directory) {
    await vscode.commands.executeCommand('revealInExplorer', target);
    return;
  }
  const editor = await vscode.window.showTextDocument(target, { preview: true, ...options });
  if (range) showRange(editor, fromRange(range), !options.preserveFocus);
}

/** Shows lines in an editor; with the cursor at their begin, if it is to go there. */
export function showRange(editor: vscode.TextEditor, range: vscode.Range, moveCursor: boolean): void {
  const last = range.end.character === 0 && range.end.line > range.start.line ? range.end.line - 1 : range.end.line;
  const lines = new vscode.Range(range.start.line, 0, last, 0);
  if (moveCursor) editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(lines, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  editor.setDecorations(highlight, [lines]);
  clearTimeout(clearing);
  clearing = setTimeout(clearHighlight, SHOWN_MS);
}

/** Nothing is shown any more. */
export function clearHighlight(): void {
  clearTimeout(clearing);
  for (const editor of vscode.window.visibleTextEditors) editor.setDecorations(highlight, []);
}
