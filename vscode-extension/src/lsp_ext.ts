// Everything that the server adds to the protocol, as `server/src/lsp/ext.rs` types it and `docs/lsp-extensions.md` describes
// it. A test holds the names here and there together.
import type { Range } from 'vscode-languageserver-protocol';

/** The names of the requests and notifications that are ours. */
export const METHODS = {
  search: 'codecompass/search',
  status: 'codecompass/status',
  chat: 'codecompass/chat',
  chatDelta: 'codecompass/chatDelta',
  complete: 'codecompass/complete',
  conversations: 'codecompass/conversations',
} as const;

/** What `workspace/executeCommand` can do; the extension's own commands with the same ids show it. */
export const COMMANDS = {
  search: 'codecompass.search',
  ask: 'codecompass.ask',
  explain: 'codecompass.explain',
  similar: 'codecompass.similar',
  chatOpen: 'codecompass.chat.open',
  chatSend: 'codecompass.chat.send',
  chatStop: 'codecompass.chat.stop',
  chatRegenerate: 'codecompass.chat.regenerate',
  status: 'codecompass.status',
  doctor: 'codecompass.doctor',
  why: 'codecompass.why',
  reindex: 'codecompass.reindex',
  pause: 'codecompass.pause',
  resume: 'codecompass.resume',
  modelsList: 'codecompass.models.list',
  modelsPull: 'codecompass.models.pull',
  modelsDelete: 'codecompass.models.delete',
  modelsSelect: 'codecompass.models.select',
} as const;

export type Mode = 'hybrid' | 'keyword' | 'vector' | 'symbol';

export interface SearchParams {
  query: string;
  limit?: number;
  mode?: Mode;
  languages?: string[];
  paths?: string[];
  kinds?: string[];
}

export interface Hit {
  uri: string;
  path: string;
  range: Range;
  symbol: string;
  kind: string | null;
  language: string;
  score: number;
  signals: Record<string, number>;
  text: string;
}

export interface SearchResult {
  hits: Hit[];
  notes: string[];
}

/** The arguments of the commands that are about a place. Lines count from 1 and are inclusive. */
export interface PlaceArguments {
  uri?: string;
  path?: string;
  line?: number;
  endLine?: number;
  symbol?: string;
  problem?: string;
  question?: string;
}

export type Phase = 'starting' | 'finding' | 'indexing' | 'following' | 'paused' | 'ready' | 'failed';

export interface FolderReport {
  workspace: string;
  phase: Phase;
  done: number;
  total: number;
  files_per_second: number;
  slow_file: string | null;
  files: { seen: number; indexed: number; pending?: number; skipped: Record<string, number> };
  chunks: { total: number; embedded: number; pending: number };
  languages: Record<string, number>;
  open_files: number;
  embedder: string;
  /** How it is with the vectors of a host's model, where one is configured. */
  embedding?: { phase: string; done: number; total: number; note: string };
  index: {
    complete: boolean;
    generation: number;
    age_s: number | null;
    text_bytes: number;
    bytes: number;
    schema: number;
  };
  watcher: { mode: 'none' | 'native' | 'client' | 'polling'; folders: number; reason: string };
  errors: string[];
}

/** What is known of a model host without asking it. Everything but its name may be missing: older servers say less. */
export interface HostReport {
  name: string;
  url?: string;
  /** `up`, `down`, `unknown` (nobody needed it yet) or `unusable`. */
  state?: string;
  roles?: string[];
  /** The roles for which it is the one that is asked. */
  serves?: string[];
  /** Why it is not used, and what to do. */
  why?: string | null;
  version?: string | null;
  models?: string[];
}

export interface Report {
  folders: FolderReport[];
  hosts?: HostReport[];
}

export interface Check {
  name: string;
  ok: boolean;
  message: string;
}

export interface DoctorResult {
  checks: Check[];
  findings?: { about: string; level: 'ok' | 'warning' | 'problem'; message: string; fix?: string }[];
  status: Report;
}

export interface MessageResult {
  message: string;
}

/** A model that a host has. */
export interface ModelReport {
  name: string;
  size?: number | null;
  bytes?: number | null;
  capabilities?: string[];
  context?: number | null;
  context_length?: number | null;
  loaded?: boolean | object | null;
  parameters?: string | null;
  quantization?: string | null;
  cloud?: boolean;
}

export interface WhyResult {
  path?: string;
  state?: 'indexed' | 'not-yet' | 'skipped' | 'folder' | 'missing';
  message: string;
}

export type ChatMode = 'ask' | 'explain';

export interface Pin {
  uri: string;
  range?: Range;
}

export interface Subject extends Pin {
  symbol?: string;
  problem?: string;
}

export interface Problem {
  uri: string;
  range: Range;
  message: string;
  source?: string;
}

export interface ChatParams {
  conversation?: string;
  message?: string;
  mode?: ChatMode;
  subject?: Subject;
  pins?: Pin[];
  editor?: Pin;
  diagnostics?: Problem[];
  model?: string;
  host?: string;
  think?: string;
  regenerate?: boolean;
  token?: string;
}

export type Stage = 'searching' | 'waiting' | 'thinking' | 'answering' | 'checking';

export type Delta = { token: string; sequence: number } & (
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string }
  | { kind: 'status'; stage: Stage; text: string; model?: string; host?: string }
  | { kind: 'sources'; conversation: string; sources: Source[] }
);

export interface Source {
  n: number;
  uri: string;
  path?: string;
  range: Range;
  label: string;
  language: string;
  text: string;
}

export interface Citation {
  source: number | null;
  uri: string | null;
  path: string;
  range: Range | null;
  verified: boolean;
  added: boolean;
  reason: string | null;
  textRange: Range;
}

export interface LedgerEntry {
  kind: string;
  label: string;
  source: number | null;
  tokens: number;
  included: boolean;
  reason: string;
}

export interface Ledger {
  context: number;
  answer: number;
  estimated: number;
  counted: number | null;
  entries: LedgerEntry[];
}

export interface Usage {
  promptTokens?: number | null;
  answerTokens?: number | null;
  firstTokenMs?: number | null;
  tokensPerSecond?: number | null;
  totalMs?: number;
}

export interface AnswerResult {
  text: string;
  thinking?: string;
  complete: boolean;
  stopped?: boolean;
  error: string | null;
  citations?: Citation[];
  sources: Source[];
  ledger?: Ledger | null;
  model?: string | null;
  host?: string | null;
  usage?: Usage | null;
  conversation?: string | null;
  summary?: string;
  redactions?: number;
  notes?: string[];
}

export interface Mention {
  text: string;
  kind: string;
  detail: string;
  uri?: string | null;
  range?: Range | null;
}

export interface CompleteResult {
  items: Mention[];
}

export interface ConversationSummary {
  id: string;
  title: string;
  workspace: string;
  created: number;
  updated: number;
  turns: number;
}

export interface Conversation extends ConversationSummary {
  asked: { message: string; mode: ChatMode; subject: Subject | null; at: number; answer: AnswerResult }[];
}

export interface ConversationsResult {
  conversations?: ConversationSummary[];
  conversation?: Conversation;
  markdown?: string;
  message?: string;
}
