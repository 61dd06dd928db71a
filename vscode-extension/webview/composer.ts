// Where a question is written: grows with its text, completes what follows an `@`, sends with Enter.
import type { FromView, PinShown } from '../src/chat/protocol';
import type { Mention } from '../src/lsp_ext';

const ICONS: Record<string, string> = {
  file: 'file',
  folder: 'folder',
  symbol: 'symbol-method',
  diff: 'diff',
  problems: 'warning',
};

/** The text in front of the cursor that begins with `@`, without it. */
export function mentionAt(text: string, cursor: number): { from: number; prefix: string } | undefined {
  const found = /(?:^|[\s(])@([^\s@]*)$/.exec(text.slice(0, cursor));
  const prefix = found?.[1];
  return prefix === undefined ? undefined : { from: cursor - prefix.length - 1, prefix };
}

/** The field for questions with its list of completions. */
export class Composer {
  private readonly input: HTMLTextAreaElement;
  private readonly list: HTMLElement;
  private readonly pins: HTMLElement;
  private items: Mention[] = [];
  private selected = 0;
  private request = 0;
  private sent: string[] = [];
  private recalled = -1;
  busy = false;
  blocked = false;

  constructor(
    form: HTMLElement,
    private readonly post: (message: FromView) => void,
  ) {
    this.input = form.querySelector<HTMLTextAreaElement>('#question') as HTMLTextAreaElement;
    this.list = form.querySelector<HTMLElement>('#mentions') as HTMLElement;
    this.pins = form.querySelector<HTMLElement>('#pins') as HTMLElement;
    this.input.addEventListener('input', () => this.changed());
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('blur', () => this.close());
    this.list.addEventListener('mousedown', (event) => {
      event.preventDefault();
      const option = (event.target as HTMLElement).closest<HTMLElement>('[role=option]');
      if (option) this.choose(Number(option.dataset.index));
    });
  }

  focus(): void {
    this.input.focus();
  }

  get value(): string {
    return this.input.value;
  }

  set value(text: string) {
    this.input.value = text;
    this.grow();
  }

  /** The files that go with the question. */
  showPins(pins: PinShown[]): void {
    this.pins.replaceChildren(
      ...pins.map((pin, index) => {
        const item = document.createElement('li');
        const name = document.createElement('span');
        name.textContent = pin.label;
        const remove = document.createElement('button');
        remove.type = 'button';
        remove.className = 'icon';
        remove.setAttribute('aria-label', `Do not send ${pin.label}`);
        remove.title = 'Remove';
        remove.innerHTML = '<span class="codicon codicon-close" aria-hidden="true"></span>';
        remove.addEventListener('click', () => this.post({ type: 'unpin', index }));
        item.append(name, remove);
        return item;
      }),
    );
    this.pins.hidden = pins.length === 0;
  }

  /** What can follow the `@`. Answers to what was asked before are dropped. */
  complete(request: number, items: Mention[]): void {
    if (request !== this.request || !mentionAt(this.input.value, this.input.selectionStart)) return;
    this.items = items;
    this.selected = 0;
    this.draw();
  }

  send(): void {
    const message = this.input.value.trim();
    if (!message || this.busy || this.blocked) return;
    this.sent.push(message);
    this.recalled = -1;
    this.value = '';
    this.close();
    this.post({ type: 'draft', text: '' });
    this.post({ type: 'send', message });
  }

  private changed(): void {
    this.grow();
    this.post({ type: 'draft', text: this.input.value });
    const mention = mentionAt(this.input.value, this.input.selectionStart);
    if (!mention) return this.close();
    this.request += 1;
    this.post({ type: 'mention', request: this.request, prefix: mention.prefix });
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (!this.list.hidden) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        this.selected = (this.selected + step + this.items.length) % this.items.length;
        this.draw();
      } else if (event.key === 'Enter' || event.key === 'Tab') this.choose(this.selected);
      else if (event.key === 'Escape') this.close();
      else return;
      event.preventDefault();
      return;
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === 'Escape' && this.busy) {
      event.preventDefault();
      this.post({ type: 'stop' });
    } else if (event.key === 'ArrowUp' && !this.input.value && this.sent.length > 0) {
      event.preventDefault();
      this.recalled = this.recalled < 0 ? this.sent.length - 1 : Math.max(0, this.recalled - 1);
      this.value = this.sent[this.recalled] ?? '';
    }
  }

  private choose(index: number): void {
    const item = this.items[index];
    const mention = mentionAt(this.input.value, this.input.selectionStart);
    this.close();
    if (!item || !mention) return;
    const before = this.input.value.slice(0, mention.from);
    const behind = this.input.value.slice(this.input.selectionStart).replace(/^ /, '');
    this.value = `${before}${item.text} ${behind}`;
    const cursor = before.length + item.text.length + 1;
    this.input.setSelectionRange(cursor, cursor);
    this.post({ type: 'draft', text: this.input.value });
  }

  private draw(): void {
    this.list.replaceChildren(
      ...this.items.map((item, index) => {
        const option = document.createElement('li');
        option.id = `mention-${index}`;
        option.setAttribute('role', 'option');
        option.setAttribute('aria-selected', String(index === this.selected));
        option.dataset.index = String(index);
        option.innerHTML = `<span class="codicon codicon-${ICONS[item.kind] ?? 'symbol-misc'}" aria-hidden="true"></span><span class="name"></span><span class="detail"></span>`;
        const [, name, detail] = [...option.children];
        if (name) name.textContent = item.text.replace(/^@/, '');
        if (detail) detail.textContent = item.detail;
        return option;
      }),
    );
    this.list.hidden = this.items.length === 0;
    if (this.list.hidden) this.input.removeAttribute('aria-activedescendant');
    else this.input.setAttribute('aria-activedescendant', `mention-${this.selected}`);
    this.list.children[this.selected]?.scrollIntoView({ block: 'nearest' });
  }

  private close(): void {
    this.items = [];
    this.request += 1;
    this.draw();
  }

  private grow(): void {
    this.input.style.height = 'auto';
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 240)}px`;
  }
}
