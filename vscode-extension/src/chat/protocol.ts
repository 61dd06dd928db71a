// What the chat view and the extension say to each other. The extension has the state; the view shows it and can be thrown
// away at any time.
import type { AnswerResult, ConversationSummary, Mention, Source, Stage } from '../lsp_ext';

/** A place in a file, as links carry it. Lines and characters from 0. */
export interface Place {
  uri: string;
  range?: { start: { line: number; character: number }; end: { line: number; character: number } };
}

/** A question and what came of it. */
export interface Turn {
  id: number;
  message: string;
  mode: 'ask' | 'explain';
  /** What is explained or asked about, for people. */
  about?: string;
  /** When it was asked, in milliseconds since 1970. */
  at: number;
  text: string;
  thinking: string;
  sources: Source[];
  /** What is being done; absent when it is over. */
  stage?: Stage;
  status?: string;
  /** The end, good or bad. */
  answer?: AnswerResult;
}

/** A file or lines that go with the next question. */
export interface PinShown {
  label: string;
  place: Place;
}

/** A model that can be chosen. */
export interface ModelShown {
  name: string;
  host: string;
  detail: string;
}

/** Why nothing can be asked, and what to do about it. */
export interface Obstacle {
  text: string;
  action?: { title: string; command: AllowedCommand };
}

/** Everything that the view shows. */
export interface ChatState {
  conversation?: string;
  title: string;
  turns: Turn[];
  pins: PinShown[];
  models: ModelShown[];
  model?: { name: string; host: string };
  obstacle?: Obstacle;
  /** Nothing can be asked at all: no server, or the folder is not trusted. */
  blocked: boolean;
  draft: string;
}

/** The commands that the view may run; anything else in a message is dropped. */
export const ALLOWED_COMMANDS = [
  'codecompass.restart',
  'codecompass.showLog',
  'codecompass.hosts.connect',
  'codecompass.models.pull',
  'codecompass.models.list',
  'codecompass.status',
  'codecompass.doctor',
  'codecompass.search',
  'workbench.trust.manage',
  'workbench.action.files.openFolder',
] as const;
export type AllowedCommand = (typeof ALLOWED_COMMANDS)[number];

/** To the view. */
export type ToView =
  | { type: 'state'; state: ChatState }
  | { type: 'turn'; turn: Turn }
  | { type: 'append'; id: number; text: string; thinking: string }
  | { type: 'progress'; id: number; stage: Stage; status: string }
  | { type: 'sources'; id: number; sources: Source[] }
  | {
      type: 'around';
      pins: PinShown[];
      models: ModelShown[];
      model?: { name: string; host: string };
      obstacle?: Obstacle;
      blocked: boolean;
    }
  | { type: 'history'; conversations: ConversationSummary[]; problem?: string }
  | { type: 'mentions'; request: number; items: Mention[] }
  | { type: 'showHistory' }
  | { type: 'focus' };

/** From the view. */
export type FromView =
  | { type: 'ready' }
  | { type: 'painted'; ms: number }
  | { type: 'send'; message: string }
  | { type: 'stop' }
  | { type: 'regenerate' }
  | { type: 'new' }
  | { type: 'copy'; text: string }
  | { type: 'insert'; text: string }
  | { type: 'open'; place: Place }
  | { type: 'link'; url: string }
  | { type: 'history' }
  | { type: 'conversation'; action: 'open' | 'delete' | 'rename' | 'export'; id: string }
  | { type: 'mention'; request: number; prefix: string }
  | { type: 'model'; name: string; host: string }
  | { type: 'models' }
  | { type: 'pin' }
  | { type: 'unpin'; index: number }
  | { type: 'draft'; text: string }
  | { type: 'command'; command: string };
