// The settings: which of them go to the server, and how. Knows VS Code's configuration only by its shape.

/** What VS Code knows of one setting. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** The settings that the server knows, with the way in which they get to it. */
export const SERVER_SETTINGS: Readonly<Record<string, 'options' | 'environment'>> = {
  'index.include': 'options',
  'index.exclude': 'options',
  'index.max_file_bytes': 'options',
  'index.threads': 'options',
  'index.disk_budget': 'options',
  'index.watcher': 'options',
  'embedding.provider': 'options',
  'embedding.model': 'options',
  'embedding.query_template': 'options',
  'embedding.document_template': 'options',
  'embedding.keep_alive': 'options',
  'ollama.hosts': 'environment',
  'chat.model': 'options',
  'chat.num_ctx': 'options',
  'chat.num_predict': 'options',
  'chat.temperature': 'options',
  'chat.think': 'options',
  'chat.keep_alive': 'options',
  'chat.rewrite_model': 'options',
  'explain.model': 'options',
  'explain.num_ctx': 'options',
  'explain.num_predict': 'options',
  'explain.temperature': 'options',
  'explain.think': 'options',
  'explain.keep_alive': 'options',
  'explain.brief_model': 'options',
  'privacy.offline': 'options',
  'privacy.allow_cloud_models': 'environment',
  'privacy.redact_secrets': 'environment',
  'privacy.audit_log': 'environment',
  'editor.hover': 'options',
  'editor.code_lens': 'options',
  'log.level': 'options',
};

/** The settings that are the extension's own. */
export const OWN_SETTINGS = [
  'server.path',
  'explain.show',
  'search.preview',
  'search.limit',
  'statusBar.show',
  'languageModels.enabled',
] as const;

/** The settings that a folder may change, if it is trusted. */
export const FOLDER_SETTINGS = [
  'index.include',
  'index.exclude',
  'index.max_file_bytes',
  'editor.hover',
  'editor.code_lens',
  'explain.show',
  'search.preview',
  'search.limit',
  'statusBar.show',
] as const;

/** What somebody chose, not what the default is: that the server knows itself, and its own file may say otherwise. */
export function chosen(name: string, inspected: Inspected | undefined, trusted: boolean): unknown {
  if (!inspected) return undefined;
  const ofFolder = trusted && (FOLDER_SETTINGS as readonly string[]).includes(name);
  if (ofFolder && inspected.workspaceFolderValue !== undefined) return inspected.workspaceFolderValue;
  if (ofFolder && inspected.workspaceValue !== undefined) return inspected.workspaceValue;
  return inspected.globalValue;
}

/**
 * What the server is sent when it asks for its settings. Below `codecompass`, so that it is never empty: an empty answer
 * would mean that what was said at the start still holds.
 */
export function serverOptions(
  inspect: (name: string) => Inspected | undefined,
  trusted: boolean,
): { codecompass: Record<string, unknown> } {
  const options: Record<string, unknown> = {};
  for (const [name, way] of Object.entries(SERVER_SETTINGS)) {
    if (way !== 'options') continue;
    const value = chosen(name, inspect(name), trusted);
    if (value !== undefined && value !== null) options[name] = value;
  }
  return { codecompass: options };
}
