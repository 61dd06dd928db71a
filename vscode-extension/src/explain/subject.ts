// What is to be explained: every way in which a person can point at something, boiled down to a subject.
import * as vscode from 'vscode';

import { toRange } from '../chat/ask';
import type { PlaceArguments, Subject } from '../lsp_ext';

/**
 * The subject of a command's arguments; without any it is the selection, or what is around the cursor. The menu of an editor
 * gives its file and means the selection; the explorer gives what is selected in it as well, and means the file.
 */
export function subjectOf(argument: unknown, selected?: unknown): Subject | undefined {
  if (argument instanceof vscode.Uri) {
    const ofEditor = argument.toString() === vscode.window.activeTextEditor?.document.uri.toString();
    if (!ofEditor || Array.isArray(selected)) return { uri: argument.toString() };
    return subjectOf(undefined);
  }
  if (isPlace(argument)) return ofPlace(argument);
  if (hasUri(argument)) return { uri: argument.resourceUri.toString() };
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== 'file') return undefined;
  return { uri: editor.document.uri.toString(), range: toRange(editor.selection) };
}

/** The arguments of the server's own code actions, lenses and links. Lines count from 1. */
function ofPlace(place: PlaceArguments): Subject | undefined {
  const uri = place.uri ?? (place.path && vscode.Uri.file(place.path).toString());
  if (!uri) return undefined;
  const subject: Subject = { uri, symbol: place.symbol, problem: place.problem };
  if (place.line !== undefined) {
    const first = place.line - 1;
    const last = (place.endLine ?? place.line) - 1;
    // A place is a point; several lines are a selection up to the begin of the line behind them.
    subject.range =
      last > first
        ? { start: { line: first, character: 0 }, end: { line: last + 1, character: 0 } }
        : { start: { line: first, character: 0 }, end: { line: first, character: 0 } };
  }
  return subject;
}

function isPlace(argument: unknown): argument is PlaceArguments {
  if (typeof argument !== 'object' || argument === null) return false;
  const { uri, path } = argument as { uri?: unknown; path?: unknown };
  return typeof uri === 'string' || (typeof path === 'string' && !('scheme' in argument));
}

function hasUri(argument: unknown): argument is { resourceUri: vscode.Uri } {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    (argument as { resourceUri?: unknown }).resourceUri instanceof vscode.Uri
  );
}
