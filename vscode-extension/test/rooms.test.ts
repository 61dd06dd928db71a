// Search, status, hosts and models, as far as they need no editor.
import { describe, expect, it, vi } from 'vitest';

import { isOpenOnTheWire, nameFor, withHost, wrongAddress } from '../src/hosts/address';
import { parsed, run, sentenceOf } from '../src/hosts/command';
import { canChat, facts, isModelName, pullProgress, size } from '../src/hosts/suggest';
import { answerForModel, fence, hitsForModel, questionOf } from '../src/lm/text';
import type { FolderReport, Hit, Report } from '../src/lsp_ext';
import { Latest } from '../src/search/latest';
import {
  bestLine,
  byFile,
  excerpt,
  lineSpan,
  nextMode,
  signals,
  title,
  withFilter,
  withoutFilter,
  words,
} from '../src/search/query';
import { pageContent } from '../src/status/page';
import { ago, bar, hostState, tooltip } from '../src/status/text';

const hit = (changes: Partial<Hit> = {}): Hit => ({
  uri: 'file:///p/src/a.rs',
  path: '/p/src/a.rs',
  range: { start: { line: 9, character: 0 }, end: { line: 19, character: 1 } },
  symbol: 'Client::retry',
  kind: 'method',
  language: 'rust',
  score: 0.83,
  signals: { keyword: 0.4, vector: 0.43, path: 0.001 },
  text: '/// Sends again.\nfn retry() {\n    wait(delay);\n}\n',
  ...changes,
});
const folder = (changes: Partial<FolderReport> = {}): FolderReport => ({
  workspace: '/home/ada/project',
  phase: 'ready',
  done: 0,
  total: 0,
  files_per_second: 0,
  slow_file: null,
  files: { seen: 12, indexed: 10, skipped: { ignored: 2 } },
  chunks: { total: 90, embedded: 90, pending: 0 },
  languages: { rust: 10 },
  open_files: 1,
  embedder: 'builtin',
  index: { complete: true, generation: 1, age_s: 70, text_bytes: 1, bytes: 2048, schema: 1 },
  watcher: { mode: 'native', folders: 3, reason: '' },
  errors: [],
  ...changes,
});
const running = { is: 'running', version: '0.1.0', path: '/x' } as const;
const report = (...folders: FolderReport[]): Report => ({ folders });

describe('a search', () => {
  it('adds filters and takes them away', () => {
    expect(withFilter('retry loop', { name: 'lang', value: 'rust' })).toBe('lang:rust retry loop');
    expect(withFilter('lang:go retry', { name: 'lang', value: 'rust' })).toBe('lang:rust retry');
    expect(withFilter('', { name: 'path', value: 'my dir/**' })).toBe('path:"my dir/**" ');
    expect(withoutFilter('retry path:"a b" loop', 'path')).toBe('retry loop');
    expect(nextMode('symbol')).toBe('hybrid');
  });

  it('shows a hit from the line on that matters', () => {
    expect(words('lang:rust whereIs the retry_delay?')).toEqual([
      'whereis',
      'where',
      'the',
      'retry_delay',
      'retry',
      'delay',
    ]);
    expect(bestLine(hit(), 'the delay')).toBe(2);
    expect(excerpt(hit(), 'the delay')).toBe('wait(delay);');
    expect(title(hit({ symbol: '', text: '\n  {\n  let x;' }))).toBe('let x;');
    expect([lineSpan(hit()), signals(hit())]).toEqual(['10-20', '0.83 = vector 0.43 + keyword 0.40']);
  });

  it('keeps results by file, the best file first', () => {
    const hits = [
      hit({ uri: 'b' }),
      hit({ uri: 'a' }),
      hit({ uri: 'b', range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } } }),
    ];
    expect(byFile(hits).map((file) => [file.uri, file.hits.map((one) => one.range.start.line)])).toEqual([
      ['b', [1, 9]],
      ['a', [9]],
    ]);
  });

  it('counts only the latest question', async () => {
    vi.useFakeTimers();
    const latest = new Latest<string>(40);
    const seen: string[] = [];
    const aborted: string[] = [];
    const ask = (text: string): void =>
      latest.ask(
        (signal) => {
          signal.addEventListener('abort', () => aborted.push(text));
          return new Promise((resolve) => setTimeout(() => resolve(text), 100));
        },
        (result) => seen.push(result),
        () => seen.push('failed'),
      );
    ask('r');
    ask('re');
    await vi.advanceTimersByTimeAsync(60);
    ask('ret');
    await vi.advanceTimersByTimeAsync(500);
    expect([seen, aborted]).toEqual([['ret'], ['re']]);
    vi.useRealTimers();
  });
});

describe('the status', () => {
  it('says in the bar what is going on', () => {
    expect(bar(running, report(folder({ phase: 'indexing', done: 30, total: 120 })), true).text).toBe(
      '$(compass) $(sync~spin) 25%',
    );
    expect(bar(running, report(folder()), true)).toMatchObject({ text: '$(compass)', label: 'CodeCompass is ready' });
    expect(bar(running, report(folder()), false).label).toContain('not trusted');
    expect(bar(running, report(folder({ errors: ['x cannot be read'] })), true)).toMatchObject({ level: 'warning' });
    expect(bar({ is: 'failed', problem: 'no server' }, undefined, true)).toMatchObject({
      level: 'error',
      label: 'CodeCompass does not run: no server',
    });
    expect(bar({ is: 'starting' }, undefined, true).text).toContain('loading');
    expect(
      bar(running, { folders: [folder()], hosts: [{ name: 'gpu', state: 'down', why: 'refused' }] }, true).label,
    ).toContain('no model host answers');
  });

  it('lets nobody else draw in the tooltip', () => {
    const text = tooltip(running, report(folder({ workspace: '/p/[a](x) $(bug)', errors: ['*bold*'] })), true);
    expect(text).toContain('\\[a\\](x) \\$(bug)');
    expect(text).toContain('\\*bold\\*');
  });

  it('has a page without holes', () => {
    const html = pageContent({
      state: running,
      report: report(folder({ errors: ['<b>mean</b>'] })),
      trusted: true,
      models: [{ name: 'm<1>', host: 'gpu', size: 5 * 1024 ** 3 }],
    });
    expect(html).toContain('10 files indexed of 12 seen');
    expect(html).toContain('&#60;b&#62;mean');
    expect(html).toContain('m&#60;1&#62;');
    expect(html).toContain('5.0 GiB');
    expect(html).not.toMatch(/undefined|NaN|\[object/);
  });

  it('tells hosts apart', () => {
    expect(['up', 'unusable', ''].map((state) => hostState({ name: 'x', state }))).toEqual(['good', 'bad', 'unknown']);
    expect([5, 65, 7200].map(ago)).toEqual(['just now', '1 minute ago', '2 hours ago']);
  });
});

describe('hosts and models', () => {
  it('says early what can never be an address', () => {
    expect(['localhost', 'https://gpu.example/ollama', '[::1]:11434'].map(wrongAddress)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(wrongAddress('ftp://x')).toContain('http');
    expect(wrongAddress('https://ada:hush@gpu')).toContain('password');
  });

  it('knows where everybody can read along', () => {
    expect(['gpu:11434', 'http://10.0.0.1'].map(isOpenOnTheWire)).toEqual([true, true]);
    expect(['localhost:1', '127.0.0.1', 'https://gpu', '[::1]:11434'].map(isOpenOnTheWire)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('puts a new host first, once', () => {
    expect(withHost(['a', { name: 'gpu', url: 'x' }], { name: 'gpu', url: 'y' })).toEqual([
      { name: 'gpu', url: 'y' },
      'a',
    ]);
    expect(nameFor('https://gpu.example/ollama/')).toBe('gpu.example/ollama');
  });

  it('says what models are', () => {
    expect(
      facts({
        name: 'x',
        size: 4.7 * 1024 ** 3,
        parameters: '7B',
        context: 32768,
        capabilities: ['completion', 'tools'],
      }),
    ).toBe('4.7 GiB · 7B · 32768 tokens · tools');
    expect([size(0), size(512), size(1536)]).toEqual(['', '512 bytes', '1.5 KiB']);
    expect([canChat({ name: 'x' }), canChat({ name: 'x', capabilities: ['embedding'] })]).toEqual([true, false]);
    expect(['qwen2.5-coder:3b', 'hf.co/a/b:Q4', '--help', 'a b', ''].map(isModelName)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(pullProgress({ status: 'x', completed: 50, total: 200 })).toEqual({
      percent: 25,
      text: '25% · 50 bytes of 200 bytes',
    });
  });

  it('runs the program and reads what it says', async () => {
    const script =
      'console.log(\'{"a":1}\'); console.log("no json"); console.error("warning: w\\nerror: it broke; do this"); process.exit(2)';
    const lines: string[] = [];
    const ran = await run({
      path: process.execPath,
      env: process.env,
      args: ['-e', script],
      onLine: (line) => lines.push(line),
    });
    expect([ran.code, ran.problem, parsed(ran.lines), lines.length]).toEqual([2, 'it broke; do this', [{ a: 1 }], 2]);
    expect(sentenceOf('')).toBe('');
  });
});

describe('what other models read', () => {
  it('has places and numbered lines, and code that cannot break out', () => {
    const text = hitsForModel([hit({ text: 'a\n```\nb\n' })], ['a note'], () => 'src/a.rs');
    expect(text).toContain('src/a.rs:10-20 (method Client::retry)\n````rust\n10: a\n11: ```\n12: b\n````');
    expect(text).toContain('a note');
    expect(fence('x', '')).toBe('```\nx\n```');
  });

  it('says why there is no answer', () => {
    expect(answerForModel({ text: '', complete: false, error: 'no model', sources: [] }, String)).toBe('no model');
    expect(
      questionOf([
        { user: true, text: 'a' },
        { user: false, text: 'b' },
        { user: true, text: 'c' },
      ]),
    ).toBe('Asked before: a\n\nAnswered before: b\n\nc');
  });
});
