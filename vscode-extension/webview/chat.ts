// The chat view: shows what the extension says, and says what the user does.
import type { ChatState, FromView, PinShown, ModelShown, Obstacle, ToView } from '../src/chat/protocol';
import type { ConversationSummary } from '../src/lsp_ext';
import { commandButton, make, sentence, TurnView } from './answer';
import { Composer } from './composer';

declare function acquireVsCodeApi(): { postMessage(message: FromView): void };

const began = performance.now();
const vscode = acquireVsCodeApi();
const post = (message: FromView): void => vscode.postMessage(message);
const by = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const messages = by('messages');
const welcome = by('welcome');
const history = by('history');
const historyList = by('history-list');
const model = by<HTMLButtonElement>('model');
const sendButton = by<HTMLButtonElement>('send');
const stopButton = by<HTMLButtonElement>('stop');
const obstacle = by('obstacle');
const announcer = by('announcer');
const composer = new Composer(by('composer'), post);
const views = new Map<number, TurnView>();
let following = true;
let busy = false;

/** Stays at the end as long as the user did not scroll away from it. */
function follow(): void {
  if (following) messages.scrollTop = messages.scrollHeight;
}
messages.addEventListener('scroll', () => {
  following = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
});
new ResizeObserver(follow).observe(messages);

function setBusy(value: boolean): void {
  if (busy && !value) announcer.textContent = 'The answer is there.';
  busy = value;
  composer.busy = value;
  sendButton.hidden = value;
  stopButton.hidden = !value;
}

function show(state: ChatState): void {
  views.clear();
  messages.replaceChildren();
  following = true;
  for (const turn of state.turns) add(turn);
  welcome.hidden = state.turns.length > 0;
  messages.hidden = state.turns.length === 0;
  setBusy(state.turns.some((turn) => !turn.answer));
  // What the user types meanwhile stays.
  if (!composer.value) composer.value = state.draft;
  around(state.pins, state.models, state.model, state.obstacle, state.blocked);
  follow();
}

function add(turn: ChatState['turns'][number]): void {
  const known = views.get(turn.id);
  if (known && turn.answer) known.finish(turn);
  else {
    const view = new TurnView(turn, follow);
    if (known) known.element.replaceWith(view.element);
    else messages.append(view.element);
    views.set(turn.id, view);
  }
}

function around(
  pins: PinShown[],
  _models: ModelShown[],
  chosen: { name: string; host: string } | undefined,
  why: Obstacle | undefined,
  blocked: boolean,
): void {
  composer.showPins(pins);
  composer.blocked = blocked;
  sendButton.disabled = blocked;
  const name = chosen ? chosen.name : 'Model: automatic';
  say(model, '.name', name);
  model.title = chosen
    ? `${chosen.name} on ${chosen.host}: choose another model`
    : 'The best model that the hosts have: choose another one';
  model.setAttribute('aria-label', model.title);
  obstacle.hidden = !why;
  obstacle.replaceChildren();
  if (why) {
    const text = make('p', '');
    text.textContent = sentence(why.text);
    obstacle.append(text);
    if (why.action) obstacle.append(commandButton(why.action.title, why.action.command));
  }
}

/** Puts a text into a part of an element. */
function say(element: HTMLElement, part: string, text: string): void {
  const found = element.querySelector(part);
  if (found) found.textContent = text;
}

function showHistory(conversations: ConversationSummary[], problem: string | undefined): void {
  historyList.replaceChildren(
    ...conversations.map((conversation) => {
      const item = make('li', '');
      item.innerHTML = `<button type="button" class="open"><span class="title"></span><span class="when"></span></button>
        <button type="button" class="icon" data-do="rename" title="Rename"><span class="codicon codicon-edit" aria-hidden="true"></span></button>
        <button type="button" class="icon" data-do="export" title="Open as Markdown"><span class="codicon codicon-markdown" aria-hidden="true"></span></button>
        <button type="button" class="icon" data-do="delete" title="Delete"><span class="codicon codicon-trash" aria-hidden="true"></span></button>`;
      say(item, '.title', conversation.title || 'Conversation');
      const turns = conversation.turns === 1 ? '1 question' : `${conversation.turns} questions`;
      say(item, '.when', `${new Date(conversation.updated).toLocaleString()} · ${turns}`);
      for (const button of item.querySelectorAll<HTMLElement>('button')) {
        const what = button.dataset.do as 'rename' | 'export' | 'delete' | undefined;
        if (what) button.setAttribute('aria-label', `${button.title}: ${conversation.title}`);
        button.addEventListener('click', () => {
          post({ type: 'conversation', action: what ?? 'open', id: conversation.id });
          if (!what) toggleHistory(false);
        });
      }
      return item;
    }),
  );
  const empty = by('history-empty');
  empty.hidden = conversations.length > 0;
  empty.textContent = problem ? sentence(problem) : 'No conversation is kept yet.';
}

function toggleHistory(open: boolean): void {
  history.hidden = !open;
  if (open) {
    post({ type: 'history' });
    by('history-close').focus();
  } else composer.focus();
}

window.addEventListener('message', (event: MessageEvent<ToView>) => {
  const message = event.data;
  switch (message.type) {
    case 'state':
      return show(message.state);
    case 'turn':
      welcome.hidden = true;
      messages.hidden = false;
      if (!message.turn.answer) following = true;
      add(message.turn);
      setBusy(!message.turn.answer);
      return follow();
    case 'append':
      return views.get(message.id)?.append(message.text, message.thinking);
    case 'progress':
      return views.get(message.id)?.progress(message);
    case 'sources':
      return views.get(message.id)?.sources(message.sources);
    case 'around':
      return around(message.pins, message.models, message.model, message.obstacle, message.blocked);
    case 'history':
      return showHistory(message.conversations, message.problem);
    case 'mentions':
      return composer.complete(message.request, message.items);
    case 'showHistory':
      return toggleHistory(true);
    case 'focus':
      return composer.focus();
  }
});

document.addEventListener('click', (event) => {
  const target = event.target as HTMLElement;
  const view = viewOf(target);
  const cite = target.closest<HTMLElement>('.citation, .source');
  if (cite && view) {
    const place = view.placeOf(cite);
    if (place) post({ type: 'open', place });
    return;
  }
  const link = target.closest<HTMLAnchorElement>('a[href]');
  if (link) {
    event.preventDefault();
    return post({ type: 'link', url: link.href });
  }
  const code = target.closest<HTMLElement>('[data-code]');
  if (code) {
    const text = code.closest('.code')?.querySelector('code')?.textContent ?? '';
    post(code.dataset.code === 'copy' ? { type: 'copy', text } : { type: 'insert', text });
    if (code.dataset.code === 'copy') confirmCopy(code);
    return;
  }
  const command = target.closest<HTMLElement>('[data-command]')?.dataset.command;
  if (command) return post({ type: 'command', command });
  const example = target.closest<HTMLElement>('[data-example]')?.dataset.example;
  if (example) {
    composer.value = example;
    return composer.focus();
  }
  const button = target.closest<HTMLElement>('[data-action]');
  switch (button?.dataset.action) {
    case 'send':
      return composer.send();
    case 'stop':
      return post({ type: 'stop' });
    case 'regenerate':
      return post({ type: 'regenerate' });
    case 'copy-answer':
      if (view) post({ type: 'copy', text: view.text });
      return confirmCopy(button);
    case 'model':
      return post({ type: 'models' });
    case 'pin':
      return post({ type: 'pin' });
    case 'history':
      return toggleHistory(history.hidden);
    case 'history-close':
      return toggleHistory(false);
  }
});

/** The copy button says for a moment that it was done. */
function confirmCopy(button: HTMLElement): void {
  const icon = button.querySelector('.codicon');
  icon?.classList.replace('codicon-copy', 'codicon-check');
  setTimeout(() => icon?.classList.replace('codicon-check', 'codicon-copy'), 1200);
  announcer.textContent = 'Copied.';
}

function viewOf(element: HTMLElement): TurnView | undefined {
  const article = element.closest('.turn');
  return article ? [...views.values()].find((view) => view.element === article) : undefined;
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !history.hidden) toggleHistory(false);
  else if (event.key === 'Escape' && busy) post({ type: 'stop' });
});
window.addEventListener('focus', () => {
  if (document.activeElement === document.body) composer.focus();
});

post({ type: 'ready' });
requestAnimationFrame(() => post({ type: 'painted', ms: Math.round(performance.now() - began) }));
