// The part of VS Code's API for providing language models (since 1.104) that we use, for hosts that have it. Our own minimum is
// older, so that its types do not know it.
import type * as vscode from 'vscode';

export interface ModelInformation {
  id: string;
  name: string;
  family: string;
  version: string;
  maxInputTokens: number;
  maxOutputTokens: number;
  tooltip?: string;
  detail?: string;
  capabilities: { imageInput?: boolean; toolCalling?: boolean };
}

export interface RequestMessage {
  role: number;
  content: readonly unknown[];
}

export interface ModelProvider {
  onDidChangeLanguageModelChatInformation?: vscode.Event<void>;
  provideLanguageModelChatInformation(
    options: { silent: boolean },
    token: vscode.CancellationToken,
  ): Promise<ModelInformation[]>;
  provideLanguageModelChatResponse(
    model: ModelInformation,
    messages: readonly RequestMessage[],
    options: unknown,
    progress: vscode.Progress<unknown>,
    token: vscode.CancellationToken,
  ): Promise<void>;
  provideTokenCount(
    model: ModelInformation,
    text: string | RequestMessage,
    token: vscode.CancellationToken,
  ): Promise<number>;
}

/** `vscode.lm` of a host that takes providers of models. */
export interface ProvidingLm {
  registerLanguageModelChatProvider(vendor: string, provider: ModelProvider): vscode.Disposable;
}

/** Whether this host takes providers. */
export function takesProviders(lm: unknown): lm is ProvidingLm {
  return typeof (lm as Partial<ProvidingLm> | undefined)?.registerLanguageModelChatProvider === 'function';
}
