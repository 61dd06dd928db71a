// A conversation as the extension holds it: questions, and answers that grow. Knows neither VS Code nor the server, so that
// everything about it can be tested.
import type { AnswerResult, Conversation, Delta, Subject } from '../lsp_ext';
import type { Turn } from './protocol';

/** What changed by a delta. */
export type Change =
  | { is: 'text'; id: number; text: string; thinking: string }
  | { is: 'progress'; id: number }
  | { is: 'sources'; id: number };

/** The questions and answers of one conversation. */
export class Session {
  /** The server's name for it, once it has one. */
  conversation: string | undefined;
  readonly turns: Turn[] = [];
  private next = 1;
  private expected = 0;

  /** A conversation that the server kept. */
  static of(kept: Conversation): Session {
    const session = new Session();
    session.conversation = kept.id;
    for (const asked of kept.asked) {
      session.turns.push({
        id: session.next++,
        message: asked.message,
        mode: asked.mode,
        about: asked.subject ? aboutSubject(asked.subject) : undefined,
        at: asked.at,
        text: asked.answer.text,
        thinking: asked.answer.thinking ?? '',
        sources: asked.answer.sources,
        answer: asked.answer,
      });
    }
    return session;
  }

  /** The answer that is being written. */
  get open(): Turn | undefined {
    const last = this.turns.at(-1);
    return last && !last.answer ? last : undefined;
  }

  get title(): string {
    const first = this.turns[0];
    if (!first) return '';
    const title = (first.message || first.about || '').replace(/\s+/g, ' ').trim();
    return title.length > 60 ? `${title.slice(0, 59)}…` : title;
  }

  /** Something is asked. */
  ask(message: string, mode: Turn['mode'], about: string | undefined, at: number): Turn {
    const turn: Turn = {
      id: this.next++,
      message,
      mode,
      about,
      at,
      text: '',
      thinking: '',
      sources: [],
      stage: 'searching',
    };
    this.turns.push(turn);
    this.expected = 0;
    return turn;
  }

  /** The last question is asked anew. Undefined when there is none, or it is being answered. */
  again(at: number): Turn | undefined {
    const last = this.turns.at(-1);
    if (!last?.answer) return undefined;
    this.turns.pop();
    return this.ask(last.message, last.mode, last.about, at);
  }

  /** What the server says while it answers. What comes late or twice changes nothing. */
  apply(delta: Delta): Change | undefined {
    const turn = this.open;
    if (!turn || delta.sequence < this.expected) return undefined;
    this.expected = delta.sequence + 1;
    switch (delta.kind) {
      case 'text':
        turn.text += delta.text;
        turn.stage = 'answering';
        return { is: 'text', id: turn.id, text: delta.text, thinking: '' };
      case 'thinking':
        turn.thinking += delta.text;
        turn.stage = 'thinking';
        return { is: 'text', id: turn.id, text: '', thinking: delta.text };
      case 'status':
        turn.stage = delta.stage;
        turn.status = delta.text;
        return { is: 'progress', id: turn.id };
      case 'sources':
        turn.sources = delta.sources;
        this.conversation = delta.conversation;
        return { is: 'sources', id: turn.id };
    }
  }

  /** The answer is there, or what was there of it. */
  finish(turn: Turn, answer: AnswerResult): void {
    turn.answer = answer;
    turn.text = answer.text;
    turn.thinking = answer.thinking || turn.thinking;
    if (answer.sources.length > 0) turn.sources = answer.sources;
    delete turn.stage;
    delete turn.status;
    if (answer.conversation) this.conversation = answer.conversation;
  }

  /** It could not be answered: what came so far stays. */
  fail(turn: Turn, error: string, stopped = false): void {
    this.finish(turn, {
      text: turn.text,
      thinking: turn.thinking,
      complete: false,
      stopped,
      error: stopped ? null : error,
      sources: turn.sources,
      conversation: this.conversation,
    });
  }
}

/** `store.rs:12-30`, for people. */
export function aboutSubject(subject: Subject): string {
  const name = fileName(subject.uri);
  if (subject.symbol) return `${subject.symbol} (${name})`;
  const { range } = subject;
  if (!range) return name;
  const [first, last] = [range.start.line + 1, lastLine(range)];
  return first === last ? `${name}:${first}` : `${name}:${first}-${last}`;
}

/** The last line of a range, from 1: one that ends before the first character of a line does not have that line. */
export function lastLine(range: { start: { line: number }; end: { line: number; character: number } }): number {
  const { start, end } = range;
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

/** The last part of a URI, decoded. */
export function fileName(uri: string): string {
  const part = uri.replace(/\/+$/, '').split('/').at(-1) ?? uri;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
