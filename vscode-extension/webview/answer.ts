// One answer on the screen. Grows at its end while it is written: blocks that are over are drawn once and left alone.
import type { AnswerResult, Source } from '../src/lsp_ext';
import type { Turn } from '../src/chat/protocol';
import { Blocks } from './blocks';
import { mark } from './citations';
import { openCode, render, targetOf, type Known } from './markdown';

/** So long may drawing take before the browser gets a chance to do something else. */
const BUDGET_MS = 8;

/** The blocks of one answer. */
export class Answer {
  private blocks = new Blocks();
  private known: Known = { sources: [], citations: undefined };
  private readonly drawn: { source: string; element: HTMLElement }[] = [];
  private tail: HTMLElement | undefined;
  private tailCode: { text: Text; length: number } | undefined;
  private waiting: string[] = [];
  /** Blocks on the screen whose citations were checked since. */
  private unchecked: { source: string; element: HTMLElement }[] = [];
  private scheduled = false;
  private lastCost = 0;
  private lastDraw = 0;
  private over = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly after: () => void,
  ) {}

  /** What the citations can name. */
  sources(sources: Source[]): void {
    this.known = { ...this.known, sources };
  }

  /** The next characters. */
  append(text: string): void {
    if (!text || this.over) return;
    this.waiting.push(...this.blocks.append(text));
    this.schedule();
  }

  /** The whole answer, whose citations were checked. What is on the screen already is kept where it says the same. */
  finish(text: string, answer: AnswerResult): void {
    this.known = { sources: answer.sources, citations: answer.citations ?? [] };
    this.blocks = new Blocks();
    const all = [...this.blocks.append(text), ...this.blocks.end()];
    let same = 0;
    while (same < all.length && this.drawn[same]?.source === all[same]) same += 1;
    for (const { element } of this.drawn.splice(same)) element.remove();
    // The block that was being written stays until it is drawn for good: nothing flickers.
    this.tailCode = undefined;
    this.unchecked = this.drawn.filter(({ source }) => /\[\d|:\d/.test(source));
    this.waiting = all.slice(same);
    this.over = true;
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // A block that takes long to draw is drawn less often.
    const pause = this.over ? 0 : Math.max(0, this.lastDraw + 3 * this.lastCost - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.draw()), pause);
  }

  private draw(): void {
    this.scheduled = false;
    const began = performance.now();
    while (this.unchecked.length > 0 && performance.now() - began < BUDGET_MS) {
      const block = this.unchecked.shift();
      if (block) fill(block.element, render(block.source, this.known));
    }
    while (this.waiting.length > 0 && performance.now() - began < BUDGET_MS) {
      const source = this.waiting.shift() ?? '';
      const element = document.createElement('div');
      element.className = 'block';
      fill(element, render(source, this.known));
      if (this.tail) {
        this.element.insertBefore(element, this.tail);
        this.tail.remove();
        this.tail = undefined;
        this.tailCode = undefined;
      } else this.element.append(element);
      this.drawn.push({ source, element });
    }
    if (this.waiting.length === 0 && !this.over) this.drawTail();
    if (this.waiting.length === 0 && this.over) {
      this.tail?.remove();
      this.tail = undefined;
    }
    this.lastCost = performance.now() - began;
    this.lastDraw = performance.now();
    if (this.waiting.length + this.unchecked.length > 0) this.schedule();
    this.after();
  }

  private drawTail(): void {
    const open = this.blocks.open;
    if (!open) return;
    if (!this.tail) {
      this.tail = document.createElement('div');
      this.tail.className = 'block tail';
      this.element.append(this.tail);
    }
    if (!this.blocks.inCode) {
      this.tailCode = undefined;
      fill(this.tail, render(open, this.known));
      return;
    }
    // Code only grows: what is there stays, and what is new comes behind it.
    const { html, code } = openCode(open);
    if (!this.tailCode || code.length < this.tailCode.length) {
      fill(this.tail, html);
      const text = document.createTextNode('');
      this.tail.querySelector('code')?.append(text);
      this.tailCode = { text, length: 0 };
    }
    this.tailCode.text.appendData(code.slice(this.tailCode.length));
    this.tailCode.length = code.length;
  }

  /** The place that a citation's button names. */
  placeOf(button: HTMLElement): { uri: string; range?: Source['range'] } | undefined {
    const target = targetOf(button);
    const found = target && mark(target, this.known.sources, this.known.citations);
    return found?.uri ? { uri: found.uri, range: found.range } : undefined;
  }
}

/** Puts HTML that was sanitised into an element. What can be scrolled can be reached with the keyboard. */
function fill(element: HTMLElement, html: string): void {
  element.innerHTML = html;
  for (const scrolled of element.querySelectorAll<HTMLElement>('pre, .scroll')) scrolled.tabIndex = 0;
}

/** A question with its answer, its sources and what went into the prompt. */
export class TurnView {
  readonly element: HTMLElement;
  private readonly answer: Answer;
  private readonly status: HTMLElement;
  private readonly thinking: HTMLDetailsElement;
  private readonly thinkingText: Text;
  private readonly foot: HTMLElement;

  constructor(
    private turn: Turn,
    after: () => void,
  ) {
    this.element = make('article', 'turn');
    this.element.setAttribute('aria-label', turn.message || turn.about || 'explanation');
    const question = make('div', 'question');
    const about = turn.about ? `<span class="about"></span>` : '';
    question.innerHTML = `<h2 class="who"><span class="codicon codicon-account" aria-hidden="true"></span>You</h2>${about}<p class="message"></p>`;
    const aboutElement = question.querySelector('.about');
    if (aboutElement) aboutElement.textContent = `${turn.mode === 'explain' ? 'Explain' : 'About'} ${turn.about ?? ''}`;
    const message = question.querySelector('.message');
    if (message) message.textContent = turn.message;
    if (!turn.message) message?.remove();
    const reply = make('div', 'reply');
    reply.innerHTML = `<h2 class="who"><span class="codicon codicon-compass" aria-hidden="true"></span>CodeCompass</h2>`;
    this.status = make('p', 'status');
    this.status.setAttribute('role', 'status');
    this.thinking = document.createElement('details');
    this.thinking.className = 'thinking';
    this.thinking.hidden = true;
    const summary = make('summary', '');
    summary.textContent = 'Reasoning';
    this.thinkingText = document.createTextNode('');
    const pre = make('div', 'thinking-text');
    pre.tabIndex = 0;
    pre.append(this.thinkingText);
    this.thinking.append(summary, pre);
    const body = make('div', 'markdown');
    this.foot = make('div', 'foot');
    reply.append(this.thinking, body, this.status, this.foot);
    this.element.append(question, reply);
    this.answer = new Answer(body, after);
    this.answer.sources(turn.sources);
    this.think(turn.thinking);
    if (turn.answer) this.finish(turn);
    else {
      this.answer.append(turn.text);
      this.progress(turn);
    }
  }

  get text(): string {
    return this.turn.text;
  }

  append(text: string, thinking: string): void {
    this.turn.text += text;
    this.think(thinking);
    this.answer.append(text);
    if (text) this.progress({ ...this.turn, stage: 'answering', status: '' });
  }

  sources(sources: Source[]): void {
    this.turn.sources = sources;
    this.answer.sources(sources);
  }

  progress(turn: Pick<Turn, 'stage' | 'status'>): void {
    this.status.className = 'status busy';
    const words = {
      searching: 'Looking for code',
      waiting: 'Waiting for the model',
      thinking: 'Thinking',
      answering: 'Writing',
      checking: 'Checking the citations',
    };
    const text = turn.status || (turn.stage ? words[turn.stage] : '');
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  finish(turn: Turn): void {
    this.turn = turn;
    const answer = turn.answer;
    if (!answer) return;
    if (!this.thinkingText.data) this.think(turn.thinking);
    this.answer.finish(turn.text, answer);
    this.status.className = 'status';
    this.status.textContent = answer.stopped ? 'Stopped.' : '';
    this.foot.replaceChildren(...footOf(turn, answer));
  }

  placeOf(button: HTMLElement): ReturnType<Answer['placeOf']> {
    return this.answer.placeOf(button);
  }

  private think(text: string): void {
    if (!text) return;
    this.thinking.hidden = false;
    this.thinkingText.appendData(text);
  }
}

function footOf(turn: Turn, answer: AnswerResult): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (answer.error) {
    const error = make('div', 'error');
    error.setAttribute('role', 'alert');
    error.innerHTML = `<span class="codicon codicon-info" aria-hidden="true"></span><div><p></p><div class="buttons"></div></div>`;
    const text = error.querySelector('p');
    if (text) text.textContent = sentence(answer.error);
    const buttons = error.querySelector('.buttons');
    buttons?.append(
      commandButton('Connect a model host', 'codecompass.hosts.connect'),
      commandButton('What is wrong?', 'codecompass.doctor', true),
    );
    parts.push(error);
  }
  for (const note of [...(answer.notes ?? []), ...redacted(answer)]) {
    const line = make('p', 'note');
    line.textContent = sentence(note);
    parts.push(line);
  }
  if (answer.summary) {
    const bad = (answer.citations ?? []).some((citation) => !citation.verified);
    const line = make('p', bad ? 'summary bad' : 'summary');
    line.innerHTML = `<span class="codicon codicon-${bad ? 'warning' : 'verified'}" aria-hidden="true"></span><span></span>`;
    const text = line.lastElementChild;
    if (text) text.textContent = answer.summary;
    parts.push(line);
  }
  const actions = make('div', 'actions');
  actions.append(
    iconButton('copy', 'Copy the answer', 'copy-answer'),
    iconButton('refresh', 'Answer again', 'regenerate'),
  );
  const said = [answer.model, answer.host ? `on ${answer.host}` : '', usage(answer)].filter(Boolean).join(' ');
  if (said) {
    const by = make('span', 'by');
    by.textContent = said;
    actions.append(by);
  }
  parts.push(actions);
  if (turn.sources.length > 0 || answer.ledger) parts.push(contextPanel(turn, answer));
  return parts;
}

function redacted(answer: AnswerResult): string[] {
  const count = answer.redactions ?? 0;
  return count > 0 ? [`${count} ${count === 1 ? 'secret was' : 'secrets were'} taken out of what was sent`] : [];
}

function usage(answer: AnswerResult): string {
  const use = answer.usage;
  if (!use) return '';
  const parts: string[] = [];
  if (use.answerTokens) parts.push(`${use.answerTokens} tokens`);
  if (use.tokensPerSecond) parts.push(`${use.tokensPerSecond.toFixed(1)} a second`);
  if (use.firstTokenMs) parts.push(`first after ${(use.firstTokenMs / 1000).toFixed(1)} s`);
  return parts.length > 0 ? `· ${parts.join(', ')}` : '';
}

/** What the answer rests on: the sources, what went into the prompt and what was left out. */
function contextPanel(turn: Turn, answer: AnswerResult): HTMLElement {
  const panel = document.createElement('details');
  panel.className = 'context';
  // Without a model the passages are the answer.
  panel.open = !answer.complete && !turn.text;
  const summary = make('summary', '');
  const { ledger } = answer;
  const left = ledger?.entries.filter((entry) => !entry.included).length ?? 0;
  summary.textContent = `Context used: ${turn.sources.length} ${turn.sources.length === 1 ? 'source' : 'sources'}${left ? `, ${left} left out` : ''}`;
  panel.append(summary);
  const list = make('ol', 'sources');
  for (const source of turn.sources) {
    const item = make('li', '');
    const open = document.createElement('button');
    open.type = 'button';
    open.className = 'source';
    open.dataset.source = String(source.n);
    const { path, lines } = sourceLabel(source);
    open.innerHTML = `<span class="n"></span><span class="path"></span><span class="lines"></span><span class="what"></span>`;
    const [n, pathElement, linesElement, what] = [...open.children];
    if (n) n.textContent = String(source.n);
    if (pathElement) pathElement.textContent = path;
    if (linesElement) linesElement.textContent = lines;
    if (what) what.textContent = source.label.replace(/`/g, '');
    item.append(open);
    list.append(item);
  }
  panel.append(list);
  if (ledger) panel.append(ledgerTable(ledger));
  return panel;
}

function ledgerTable(ledger: NonNullable<AnswerResult['ledger']>): HTMLElement {
  const box = make('div', 'ledger scroll');
  box.tabIndex = 0;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', 'What was sent');
  const caption = make('p', 'note');
  const counted = ledger.counted ? `, ${ledger.counted} as the host counted` : '';
  caption.textContent = `About ${ledger.estimated} tokens were sent${counted}; the model reads ${ledger.context} at once, ${ledger.answer} of them are kept for the answer.`;
  const table = document.createElement('table');
  table.innerHTML =
    '<thead><tr><th scope="col">Part</th><th scope="col">Tokens</th><th scope="col">Sent</th></tr></thead>';
  const body = document.createElement('tbody');
  for (const entry of ledger.entries) {
    const row = document.createElement('tr');
    if (!entry.included) row.className = 'left-out';
    for (const text of [
      entry.source ? `${entry.source}. ${entry.label}` : entry.label || entry.kind,
      String(entry.tokens),
      entry.included ? entry.reason || 'yes' : `no: ${entry.reason}`,
    ]) {
      const cell = document.createElement('td');
      cell.textContent = text;
      row.append(cell);
    }
    body.append(row);
  }
  table.append(body);
  box.append(caption, table);
  return box;
}

function sourceLabel(source: Source): { path: string; lines: string } {
  const path = source.path || decodeURIComponent(source.uri.split('/').at(-1) ?? source.uri);
  const first = source.range.start.line + 1;
  const behind = source.range.end.character === 0 && source.range.end.line > source.range.start.line;
  const last = behind ? source.range.end.line : source.range.end.line + 1;
  return { path, lines: first === last ? `:${first}` : `:${first}-${last}` };
}

/** A sentence begins with a capital letter and ends with a point. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const whole = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // An address stays as it is.
  return /^\w+:\/\//.test(whole) ? whole : whole.charAt(0).toUpperCase() + whole.slice(1);
}

/** An element with a class. */
export function make(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return element;
}

/** A button that runs a command of the extension. */
export function commandButton(title: string, command: string, secondary = false): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = secondary ? 'button secondary' : 'button';
  button.dataset.command = command;
  button.textContent = title;
  return button;
}

function iconButton(icon: string, title: string, action: string): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'icon';
  button.title = title;
  button.setAttribute('aria-label', title);
  button.dataset.action = action;
  button.innerHTML = `<span class="codicon codicon-${icon}" aria-hidden="true"></span>`;
  return button;
}
