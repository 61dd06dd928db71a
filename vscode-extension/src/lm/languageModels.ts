// What CodeCompass gives to the chat that the host itself may have: a participant, our models, and tools for any agent. All of it
// only where the host has the API; our own view needs none of it.
import * as vscode from 'vscode';

import { ask, front, fromRange, problems } from '../chat/ask';
import { Session } from '../chat/session';
import type { Models } from '../hosts/models';
import { METHODS, type AnswerResult, type ChatParams, type SearchResult, type Source } from '../lsp_ext';
import type { Server } from '../server/server';
import { subjectOf } from '../explain/subject';
import { takesProviders, type ModelInformation, type ModelProvider, type RequestMessage } from './provider_api';
import { answerForModel, hitsForModel, questionOf, tokens } from './text';

/** Registers what this host takes. */
export function registerLanguageModels(context: vscode.ExtensionContext, server: Server, models: Models): void {
  const add = (what: () => vscode.Disposable): void => {
    try {
      context.subscriptions.push(what());
    } catch (error) {
      // A host that is built on VS Code may have the API by name only.
      server.log.info(`this editor does not take it: ${(error as Error).message}`);
    }
  };
  if ('chat' in vscode && typeof vscode.chat.createChatParticipant === 'function')
    add(() => participant(context, server));
  if (!('lm' in vscode)) return;
  if (typeof vscode.lm.registerTool === 'function') {
    add(() => vscode.lm.registerTool('codecompass_search', searchTool(server)));
    add(() => vscode.lm.registerTool('codecompass_explain', explainTool(server)));
  }
  const { lm } = vscode as { lm: unknown };
  if (
    takesProviders(lm) &&
    vscode.workspace.getConfiguration('codecompass').get<boolean>('languageModels.enabled', true)
  ) {
    add(() => lm.registerLanguageModelChatProvider('codecompass', new OurModels(server, models)));
  }
}

function participant(context: vscode.ExtensionContext, server: Server): vscode.Disposable {
  const made = vscode.chat.createChatParticipant('codecompass.compass', async (request, chat, stream, token) => {
    if (!vscode.workspace.isTrusted) {
      stream.markdown(vscode.l10n.t('This folder is not trusted: nothing of it is sent to a model.'));
      return {};
    }
    const session = new Session();
    const turn = session.ask(request.prompt, 'ask', undefined, Date.now());
    const explain = request.command === 'explain';
    const before = chat.history.findLast((entry): entry is vscode.ChatResponseTurn => 'result' in entry);
    const conversation = (before?.result.metadata as { conversation?: string } | undefined)?.conversation;
    const pins = request.references.flatMap(({ value }) => {
      if (value instanceof vscode.Uri) return [{ uri: value.toString() }];
      if (value instanceof vscode.Location) return [{ uri: value.uri.toString(), range: value.range }];
      return [];
    });
    const params: Omit<ChatParams, 'token'> = {
      message: request.prompt,
      mode: explain ? 'explain' : 'ask',
      subject: explain ? subjectOf(undefined) : undefined,
      conversation,
      pins,
      editor: front(),
      diagnostics: problems(),
    };
    const asked = ask(server, params, (delta) => {
      const change = session.apply(delta);
      if (change?.is === 'text' && change.text) stream.markdown(change.text);
      else if (change?.is === 'progress' && turn.status) stream.progress(turn.status);
    });
    token.onCancellationRequested(asked.stop);
    let answer: AnswerResult;
    try {
      answer = await asked.answer;
    } catch (error) {
      return { errorDetails: { message: (error as Error).message } };
    }
    // Without a model nothing was streamed.
    if (!turn.text && answer.text) stream.markdown(answer.text);
    if (answer.error) stream.markdown(`\n\n> ${answer.error}\n\n`);
    for (const source of cited(answer))
      stream.reference(new vscode.Location(vscode.Uri.parse(source.uri), fromRange(source.range)));
    if (answer.summary) stream.markdown(`\n\n*${answer.summary}*`);
    if (answer.error)
      stream.button({ command: 'codecompass.hosts.connect', title: vscode.l10n.t('Connect a Model Host') });
    return { metadata: { conversation: answer.conversation ?? undefined } };
  });
  made.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.png');
  return made;
}

/** The sources that the answer names, or all of them when it names none. */
function cited(answer: AnswerResult): Source[] {
  const named = new Set((answer.citations ?? []).map((citation) => citation.source));
  const some = answer.sources.filter((source) => named.has(source.n));
  return some.length > 0 ? some : answer.sources;
}

const relative = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));

interface SearchInput {
  query: string;
  limit?: number;
  languages?: string[];
  paths?: string[];
  kinds?: string[];
}

function searchTool(server: Server): vscode.LanguageModelTool<SearchInput> {
  return {
    prepareInvocation: ({ input }) => ({
      invocationMessage: vscode.l10n.t('Searching the code for “{0}”', input.query),
    }),
    invoke: async ({ input }, token) => {
      const { query, limit, languages, paths, kinds } = input;
      const result = await server.request<SearchResult>(
        METHODS.search,
        { query, limit: Math.min(limit ?? 10, 50), languages: languages ?? [], paths: paths ?? [], kinds: kinds ?? [] },
        token,
      );
      return said(hitsForModel(result.hits, result.notes, relative));
    },
  };
}

interface ExplainInput {
  path: string;
  line?: number;
  endLine?: number;
  symbol?: string;
}

function explainTool(server: Server): vscode.LanguageModelTool<ExplainInput> {
  return {
    prepareInvocation: ({ input }) => ({
      invocationMessage: vscode.l10n.t('Explaining {0}', input.symbol ?? input.path),
    }),
    invoke: async ({ input }, token) => {
      const uri = fileOf(input.path);
      const subject = subjectOf({
        uri: uri?.toString(),
        line: input.line,
        endLine: input.endLine,
        symbol: input.symbol,
      });
      if (!subject || !vscode.workspace.isTrusted)
        throw new Error(vscode.l10n.t('{0} is not in this workspace, or it is not trusted', input.path));
      const asked = ask(server, { mode: 'explain', message: '', subject }, () => undefined);
      token.onCancellationRequested(asked.stop);
      return said(answerForModel(await asked.answer, relative));
    },
  };
}

/** A file of this workspace, and no other. */
function fileOf(path: string): vscode.Uri | undefined {
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const file = /^([/\\]|[A-Za-z]:)/.test(path) ? vscode.Uri.file(path) : vscode.Uri.joinPath(uri, path);
    if (vscode.workspace.getWorkspaceFolder(file)) return file;
  }
  return undefined;
}

function said(text: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}

/** Our models in the model picker of the host. What they are asked is answered with the code base at hand. */
class OurModels implements ModelProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.changed.event;
  private looked = false;

  constructor(
    private readonly server: Server,
    private readonly models: Models,
  ) {
    // The host asks for models only when it is told that there are some.
    models.onChange(() => this.changed.fire());
    server.onState((state) => {
      if (state.is === 'running') this.changed.fire();
    });
  }

  async provideLanguageModelChatInformation(options: { silent: boolean }): Promise<ModelInformation[]> {
    if (!vscode.workspace.isTrusted) return [];
    if (!options.silent || !this.looked) {
      this.looked = true;
      await this.models.look().catch(() => undefined);
    }
    const known = this.models.known();
    const about = (id: string, name: string, detail: string, tooltip: string): ModelInformation => ({
      id,
      name,
      family: 'codecompass',
      version: '1',
      maxInputTokens: 32_768,
      maxOutputTokens: 8_192,
      detail,
      tooltip,
      // In its agent mode the host offers no others. What we answer with is the index, and no tool is asked for.
      capabilities: { toolCalling: true },
    });
    return [
      // Without this one the host would not even ask the participant as long as no model host answers.
      about(
        'automatic',
        'CodeCompass',
        vscode.l10n.t('automatic'),
        vscode.l10n.t(
          'The code base, answered by the best model of your hosts; passages only, as long as there is none',
        ),
      ),
      ...known.map((model) => about(`${model.host}\n${model.name}`, model.name, model.host, model.detail)),
    ];
  }

  async provideLanguageModelChatResponse(
    model: ModelInformation,
    messages: readonly RequestMessage[],
    _options: unknown,
    progress: vscode.Progress<unknown>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const user: number = vscode.LanguageModelChatMessageRole.User;
    const [host, name] = model.id.split('\n');
    const message = questionOf(
      messages.map(({ role, content }) => ({
        user: role === user,
        text: textOf(content),
      })),
    );
    const report = (text: string): void => progress.report(new vscode.LanguageModelTextPart(text));
    let streamed = '';
    const asked = ask(
      this.server,
      { message, model: name, host: name ? host : undefined, editor: front() },
      (delta) => {
        if (delta.kind !== 'text') return;
        streamed += delta.text;
        report(delta.text);
      },
    );
    token.onCancellationRequested(asked.stop);
    const answer = await asked.answer;
    if (!streamed && answer.text) report(answer.text);
    if (answer.error) report(`\n\n> ${answer.error}`);
  }

  provideTokenCount(_model: ModelInformation, text: string | RequestMessage): Promise<number> {
    return Promise.resolve(tokens(typeof text === 'string' ? text : textOf(text.content)));
  }
}

function textOf(content: readonly unknown[]): string {
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}
