// The language client, without what would stand in the way: the extension's commands have the ids of the server's, so that
// the client must not register them a second time.
import type { ChildProcess } from 'node:child_process';
import {
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  type DynamicFeature,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import * as vscode from 'vscode';

import { serverOptions, type Inspected } from '../config';
import type { Offers } from '../explain/offers';

/** What the client is made of. */
export interface ClientParts {
  /** A process of the server, with pipes. */
  process: ChildProcess;
  log: vscode.LogOutputChannel;
  /** What VS Code knows of a setting. */
  inspect: (name: string) => Inspected | undefined;
  trusted: () => boolean;
  offers: Offers;
}

/** A link that explains the name at a place. */
function explainLink(document: vscode.TextDocument, position: vscode.Position): vscode.MarkdownString {
  const range = document.getWordRangeAtPosition(position);
  const place = { uri: document.uri.toString(), line: position.line + 1, symbol: range && document.getText(range) };
  const link = `command:codecompass.explain?${encodeURIComponent(JSON.stringify([place]))}`;
  const text = new vscode.MarkdownString(`[$(lightbulb) ${vscode.l10n.t('Explain')}](${link})`, true);
  text.isTrusted = { enabledCommands: ['codecompass.explain'] };
  return text;
}

/** A client of our server that leaves commands to the extension. */
export class CompassClient extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const dynamic = feature as Partial<DynamicFeature<unknown>>;
    if (dynamic.registrationType?.method === ExecuteCommandRequest.method) return;
    super.registerFeature(feature);
  }
}

/** A client for a process that runs already; it is not started yet. */
export function makeClient(parts: ClientParts): CompassClient {
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: 'file' }],
    outputChannel: parts.log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: serverOptions(parts.inspect, parts.trusted()),
    // Restarting is our own business: we know how often it is worth it, and say so.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
    initializationFailedHandler: () => false,
    // The server sanitises what it shows; its links open files and run nothing but our own commands.
    markdown: { isTrusted: { enabledCommands: ['codecompass.explain'] }, supportHtml: false },
    middleware: {
      provideHover: async (document, position, token, next) => {
        const hover = await next(document, position, token);
        if (hover && parts.trusted()) hover.contents.push(explainLink(document, position));
        return hover;
      },
      provideCodeActions: async (document, range, context, token, next) => {
        const actions = await next(document, range, context, token);
        for (const action of actions ?? []) {
          if ('command' in action && typeof action.command === 'object') {
            action.command = parts.offers.keep(action.command);
          }
        }
        return actions;
      },
      workspace: {
        configuration: (params) =>
          params.items.map((item) =>
            item.section === 'codecompass' ? serverOptions(parts.inspect, parts.trusted()) : null,
          ),
      },
    },
  };
  const client = new CompassClient(
    'codecompass',
    'CodeCompass',
    () => Promise.resolve({ process: parts.process, detached: false }),
    options,
  );
  client.registerFeature({
    fillClientCapabilities: (capabilities) => {
      capabilities.experimental = { ...(capabilities.experimental as object | undefined), codecompass: true };
    },
    initialize: () => undefined,
    getState: () => ({ kind: 'static' }),
    clear: () => undefined,
  });
  return client;
}
