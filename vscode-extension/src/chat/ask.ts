// Asks the server something and hands on what comes. One place for the chat view, the chat participant and answers beside the
// code.
import * as vscode from 'vscode';

import { COMMANDS, METHODS, type AnswerResult, type ChatParams, type Delta } from '../lsp_ext';
import type { Server } from '../server/server';

/** The error of the protocol for a method that a server does not know. */
const METHOD_NOT_FOUND = -32601;

let counter = 0;

/** An answer that is being written. */
export interface Asked {
  token: string;
  answer: Promise<AnswerResult>;
  /** Ends it; what is there stays. */
  stop: () => void;
}

/** Asks. The promise fails only for what makes no sense; everything else is an answer with an error in it. */
export function ask(server: Server, params: Omit<ChatParams, 'token'>, onDelta: (delta: Delta) => void): Asked {
  counter += 1;
  const token = `chat-${process.pid}-${counter}`;
  const cancel = new vscode.CancellationTokenSource();
  const deltas = server.onDelta((delta) => {
    if (delta.token === token) onDelta(delta);
  });
  const answer = server
    .request<AnswerResult>(METHODS.chat, { ...params, token }, cancel.token)
    .catch((error: unknown) => {
      if ((error as { code?: unknown }).code === METHOD_NOT_FOUND) {
        return byCommand(server, params, cancel.token);
      }
      throw error;
    })
    .finally(() => {
      deltas.dispose();
      cancel.dispose();
    });
  const stop = (): void => {
    // The server ends it with what it has; if it does not, nobody waits for it any longer.
    server.execute(COMMANDS.chatStop, { token }).catch(() => cancel.cancel());
  };
  return { token, answer, stop };
}

/** A server without conversations still answers commands. */
function byCommand(
  server: Server,
  params: Omit<ChatParams, 'token'>,
  token: vscode.CancellationToken,
): Promise<AnswerResult> {
  const { subject } = params;
  const place = subject && {
    uri: subject.uri,
    line: subject.range && subject.range.start.line + 1,
    endLine: subject.range && subject.range.end.line + 1,
    symbol: subject.symbol,
    problem: subject.problem,
  };
  if (params.mode === 'explain') return server.execute(COMMANDS.explain, place ?? {}, token);
  return server.execute(COMMANDS.ask, { question: params.message, ...place }, token);
}

/** A model that was chosen for the answers of this workspace. */
export interface Chosen {
  name: string;
  host: string;
}

/** A range as the protocol has it. */
export function toRange(range: vscode.Range): {
  start: { line: number; character: number };
  end: { line: number; character: number };
} {
  const { start, end } = range;
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}

/** A range as VS Code has it. */
export function fromRange(range: {
  start: { line: number; character: number };
  end: { line: number; character: number };
}): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

/** Where the user is: the file in front, and what is selected in it. */
export function front(): { uri: string; range?: ReturnType<typeof toRange> } | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== 'file') return undefined;
  return { uri: editor.document.uri.toString(), range: toRange(editor.selection) };
}

/** What other tools report in this workspace, the worst first; not more than anybody would read. */
export function problems(): NonNullable<ChatParams['diagnostics']> {
  const all = vscode.languages
    .getDiagnostics()
    .flatMap(([uri, diagnostics]) =>
      uri.scheme === 'file' ? diagnostics.map((diagnostic) => ({ uri, diagnostic })) : [],
    );
  all.sort((a, b) => a.diagnostic.severity - b.diagnostic.severity);
  return all.slice(0, 50).map(({ uri, diagnostic }) => ({
    uri: uri.toString(),
    range: toRange(diagnostic.range),
    message: diagnostic.message,
    source: diagnostic.source,
  }));
}
