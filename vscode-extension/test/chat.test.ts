// @vitest-environment happy-dom
// The conversation, and how answers are drawn: blocks, citations, Markdown that can do no harm.
import { describe, expect, it } from 'vitest';

import type { AnswerResult, Citation, Delta, Source } from '../src/lsp_ext';
import { chatPage, policy } from '../src/chat/html';
import { aboutSubject, fileName, lastLine, Session } from '../src/chat/session';
import { document as answerDocument, linked } from '../src/explain/document';
import { Blocks } from '../webview/blocks';
import { mark, pieces, placeLabel } from '../webview/citations';
import { mentionAt } from '../webview/composer';
import { openCode, render } from '../webview/markdown';

const range = (first: number, last: number): Source['range'] => ({
  start: { line: first - 1, character: 0 },
  end: { line: last, character: 0 },
});
const source = (n: number, path: string, first: number, last: number): Source => ({
  n,
  uri: `file:///p/${path}`,
  path,
  range: range(first, last),
  label: '',
  language: 'rust',
  text: '',
});
const citation = (changes: Partial<Citation>): Citation => ({
  source: 1,
  uri: 'file:///p/src/a.rs',
  path: 'src/a.rs',
  range: range(1, 5),
  verified: true,
  added: false,
  reason: null,
  textRange: range(1, 1),
  ...changes,
});
const answer = (changes: Partial<AnswerResult> = {}): AnswerResult => ({
  text: 'all of it',
  complete: true,
  error: null,
  sources: [],
  ...changes,
});
let sequence = 0;
type Bare<T> = T extends unknown ? Omit<T, 'token' | 'sequence'> : never;
const delta = (what: Bare<Delta>): Delta => ({ token: 't', sequence: sequence++, ...what });

describe('a conversation', () => {
  it('grows by deltas and ends with the answer', () => {
    const session = new Session();
    const turn = session.ask('where is it?', 'ask', undefined, 1);
    sequence = 0;
    session.apply(delta({ kind: 'status', stage: 'searching', text: 'looking' }));
    expect(turn.status).toBe('looking');
    session.apply(delta({ kind: 'sources', conversation: 'c1', sources: [source(1, 'src/a.rs', 1, 5)] }));
    session.apply(delta({ kind: 'thinking', text: 'hm' }));
    session.apply(delta({ kind: 'text', text: 'In ' }));
    expect(session.apply(delta({ kind: 'text', text: '[1]' }))).toEqual({
      is: 'text',
      id: turn.id,
      text: '[1]',
      thinking: '',
    });
    expect([turn.text, turn.thinking, turn.sources.length, session.conversation]).toEqual(['In [1]', 'hm', 1, 'c1']);
    session.finish(turn, answer({ text: 'In [1].', conversation: 'c1' }));
    expect([turn.text, turn.stage, session.open]).toEqual(['In [1].', undefined, undefined]);
  });

  it('does not take a delta twice, or after the end', () => {
    const session = new Session();
    const turn = session.ask('q', 'ask', undefined, 1);
    sequence = 0;
    const first = delta({ kind: 'text', text: 'a' });
    session.apply(first);
    expect(session.apply(first)).toBeUndefined();
    session.finish(turn, answer());
    expect(session.apply(delta({ kind: 'text', text: 'late' }))).toBeUndefined();
    expect(turn.text).toBe('all of it');
  });

  it('keeps what was there when it fails or is stopped', () => {
    const session = new Session();
    const turn = session.ask('q', 'ask', undefined, 1);
    sequence = 0;
    session.apply(delta({ kind: 'text', text: 'half' }));
    session.fail(turn, 'the host is gone');
    expect(turn.answer).toMatchObject({ text: 'half', complete: false, error: 'the host is gone' });
    const again = session.again(2);
    expect(again?.message).toBe('q');
    expect(session.turns).toHaveLength(1);
    session.fail(again as NonNullable<typeof again>, 'cancelled', true);
    expect(session.turns[0]?.answer).toMatchObject({ stopped: true, error: null });
  });

  it('comes back as the server kept it', () => {
    const session = Session.of({
      id: 'c',
      title: 't',
      workspace: '/p',
      created: 1,
      updated: 2,
      turns: 1,
      asked: [
        {
          message: '',
          mode: 'explain',
          subject: { uri: 'file:///p/src/a%20b.rs', range: range(3, 9) },
          at: 5,
          answer: answer(),
        },
      ],
    });
    expect(session.conversation).toBe('c');
    expect(session.turns[0]).toMatchObject({ about: 'a b.rs:3-9', text: 'all of it' });
    expect(session.title).toBe('a b.rs:3-9');
  });

  it('names what is explained as people do', () => {
    expect(aboutSubject({ uri: 'file:///p/a.rs', symbol: 'f' })).toBe('f (a.rs)');
    expect(aboutSubject({ uri: 'file:///p/a.rs', range: range(4, 4) })).toBe('a.rs:4');
    expect(fileName('file:///p/%zz/')).toBe('%zz');
    expect(lastLine({ start: { line: 2 }, end: { line: 2, character: 0 } })).toBe(3);
  });
});

describe('text that is still being written', () => {
  const cut = (text: string, step: number): string[] => {
    const blocks = new Blocks();
    for (let at = 0; at < text.length; at += step) blocks.append(text.slice(at, at + step));
    blocks.end();
    return blocks.done;
  };
  const text =
    '# Title\n\nA paragraph\nof two lines.\n\n- one\n\n- two\n\n  more of two\n\nAfter.\n\n```rust\nfn a() {\n\n}\n```\nBehind.\n\n1. x\n2. y\n';

  it('is cut into the same blocks however it comes', () => {
    const whole = cut(text, text.length);
    expect(whole.map((block) => block.split('\n')[0])).toEqual([
      '# Title',
      'A paragraph',
      '- one',
      'After.',
      '```rust',
      'Behind.',
      '1. x',
    ]);
    for (let step = 1; step < 9; step += 1) expect(cut(text, step)).toEqual(whole);
    expect(whole.join('')).toBe(text);
  });

  it('never ends a block inside of code', () => {
    const blocks = new Blocks();
    blocks.append('````md\n```\n\nnot the end\n');
    expect([blocks.done.length, blocks.inCode]).toEqual([0, true]);
    blocks.append('````\n');
    expect([blocks.done.length, blocks.inCode]).toEqual([1, false]);
  });

  it('draws 10,000 lines in linear time', () => {
    const blocks = new Blocks();
    const began = performance.now();
    for (let line = 0; line < 10_000; line += 1) blocks.append(line % 5 === 4 ? `line ${line}\n\n` : `line ${line}\n`);
    expect(blocks.done.length).toBe(1_999);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('citations', () => {
  const sources = [source(1, 'src/a.rs', 1, 5), source(2, 'src/b.rs', 10, 20)];

  it('are found in text', () => {
    expect(pieces('See [1, 2] and src/b.rs:12-14.')).toEqual([
      { text: 'See ' },
      { text: '[1]', cite: { source: 1 } },
      { text: '[2]', cite: { source: 2 } },
      { text: ' and ' },
      { text: 'src/b.rs:12-14', cite: { path: 'src/b.rs', first: 12, last: 14 } },
      { text: '.' },
    ]);
    expect(pieces('at 12:30 in a[x]')).toEqual([{ text: 'at 12:30 in a[x]' }]);
  });

  it('are unchecked while the answer is written, and then what the check says', () => {
    expect(mark({ source: 1 }, sources, undefined)).toMatchObject({ state: 'unchecked', uri: 'file:///p/src/a.rs' });
    expect(mark({ source: 9 }, sources, undefined)).toBeUndefined();
    expect(mark({ source: 1 }, sources, [citation({})])).toMatchObject({
      state: 'verified',
      label: 'src/a.rs:1-5, checked',
    });
    expect(
      mark({ source: 1 }, sources, [citation({}), citation({ verified: false, reason: 'it changed' })]),
    ).toMatchObject({
      state: 'unverified',
      label: 'src/a.rs:1-5, not verified: it changed',
    });
  });

  it('name lines', () => {
    const at = { path: 'src/b.rs', first: 12, last: 14 };
    expect(mark(at, sources, undefined)?.range).toEqual(range(12, 14));
    expect(mark({ ...at, last: 99 }, sources, undefined)).toBeUndefined();
    expect(placeLabel('a', range(3, 3))).toBe('a:3');
  });
});

describe('Markdown of a model', () => {
  const known = { sources: [source(1, 'src/a.rs', 1, 5)], citations: [citation({})] };
  const html = (text: string): HTMLElement => {
    const element = document.createElement('div');
    element.innerHTML = render(text, known);
    return element;
  };

  it('has citations as buttons that say whether they hold', () => {
    const button = html('Look at [1].').querySelector('button.citation');
    expect(button?.className).toContain('verified');
    expect(button?.getAttribute('aria-label')).toBe('Source 1: src/a.rs:1-5, checked');
    expect(html('Look at `src/a.rs:1-5`.').querySelector('button.citation.place')?.textContent).toContain(
      'src/a.rs:1-5',
    );
    expect(html('`x[1]` stays code').querySelector('button')).toBeNull();
  });

  it('can do no harm', () => {
    const bad = [
      '<img src=x onerror=alert(1)>',
      '<script>alert(1)</script>',
      '![a](http://evil/x.png)',
      '[a](javascript:alert(1))',
      '[a](command:workbench.action.quit)',
      '[a](file:///etc/passwd)',
      '[a](http://plain.example)',
      '<a href="https://x" onclick="y">z</a>',
      '[a]: javascript:alert(1)\n\n[a]',
      '<iframe src="https://x"></iframe>',
      '<style>*{display:none}</style>',
      '[1](javascript:alert(1))',
    ];
    for (const text of bad) {
      const element = html(text);
      expect(element.querySelector('img, script, iframe, style, [onclick], [onerror], [style]'), text).toBeNull();
      expect(
        [...element.querySelectorAll('a')].map((a) => a.getAttribute('href')),
        text,
      ).toEqual([]);
    }
    expect(html('[a](https://example.org/x)').querySelector('a')?.getAttribute('href')).toBe('https://example.org/x');
  });

  it('has coloured code that can be copied as it is', () => {
    const element = html('```rust\nfn a<T>() {}\n```');
    expect(element.querySelector('code')?.textContent).toBe('fn a<T>() {}\n');
    expect(element.querySelector('.hljs-keyword')?.textContent).toBe('fn');
    expect(element.querySelectorAll('button[data-code]')).toHaveLength(2);
    expect(html('```"><img src=x>\nx\n```').querySelector('img')).toBeNull();
  });

  it('shows code that is still being written', () => {
    expect(openCode('```ts\nlet a;\nlet')).toMatchObject({ code: 'let a;\nlet' });
  });
});

describe('the page of the chat', () => {
  const parts = {
    cspSource: 'https://own',
    nonce: 'n0',
    script: 'https://own/chat.js',
    styles: ['https://own/chat.css'],
    t: (text: string) => text,
  };

  it('lets nothing in that is not ours', () => {
    expect(policy(parts)).toBe(
      "default-src 'none'; style-src https://own; font-src https://own; script-src 'nonce-n0'",
    );
    const page = chatPage(parts);
    expect(page).not.toMatch(/unsafe-|\son\w+=|style="/);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it('has a name for everything that can be pressed', () => {
    document.body.innerHTML = chatPage(parts)
      .replace(/^[\s\S]*<body[^>]*>/, '')
      .replace(/<script[\s\S]*$/, '');
    for (const button of document.querySelectorAll('button')) {
      expect(button.getAttribute('aria-label') ?? button.textContent.trim(), button.outerHTML).toBeTruthy();
    }
  });

  it('knows what is being named behind an @', () => {
    expect(mentionAt('what does @Sto', 14)).toEqual({ from: 10, prefix: 'Sto' });
    expect(mentionAt('ada@example', 11)).toBeUndefined();
    expect(mentionAt('@a b', 4)).toBeUndefined();
  });
});

describe('an explanation beside the code', () => {
  it('has its citations as links, and marks those that do not hold', () => {
    const bad = citation({
      verified: false,
      reason: 'gone',
      textRange: { start: { line: 0, character: 4 }, end: { line: 0, character: 7 } },
    });
    expect(linked('See [1] there.', [bad], [])).toBe('See [\\[1 ⚠\\]](file:///p/src/a.rs#L1) there.');
    expect(linked('See [1].', [], [source(1, 'src/a.rs', 7, 9)])).toBe('See [\\[1\\]](file:///p/src/a.rs#L7).');
  });

  it('says what is being done, and why it is not complete', () => {
    const turn = { text: '', status: 'reading', sources: [] };
    expect(answerDocument('f', turn, undefined)).toContain('*reading…*');
    expect(answerDocument('f', turn, answer({ complete: false, error: 'no model' }))).toContain('> no model');
  });
});
