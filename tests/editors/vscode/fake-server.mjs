#!/usr/bin/env node
// A language server that only pretends: it answers questions with what a test asks for, as fast as a model on a GPU or as slow
// as one on a laptop. The first word of a question says what.
import * as fs from 'node:fs';

if (process.argv.includes('--version')) {
  console.log('codecompass 0.1.99');
  process.exit(0);
}
if (process.argv[2] !== 'lsp') {
  console.error('error: http://127.0.0.1:11434 cannot be reached: Connection refused; start Ollama there');
  process.exit(2);
}

const store = process.env.FAKE_STORE;
const kept = new Map(store && fs.existsSync(store) ? JSON.parse(fs.readFileSync(store, 'utf8')) : []);
const running = new Map();
let root = '';

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}
const notify = (method, params) => send({ method, params });

const range = (first, last) => ({ start: { line: first - 1, character: 0 }, end: { line: last, character: 0 } });
const source = (n, path, first, last, label) => ({ n, uri: `${root}/${path}`, path, range: range(first, last), label, language: 'rust', text: '' });
const SOURCES = () => [
  source(1, 'src/retry.rs', 5, 9, 'function `backoff_delay`'),
  source(2, 'src/retry.rs', 11, 24, 'function `send_with_retries`'),
  source(3, 'src/config.rs', 1, 11, 'struct `Config`'),
];
const ANSWER = `## How retries work

A request is sent again by \`send_with_retries\` [2] until it succeeds or fails more than \`config.attempts\` times. Before each attempt it waits as long as \`backoff_delay\` says [1], see src/retry.rs:5-9:

\`\`\`rust
pub fn backoff_delay(attempt: u32, config: &Config) -> u64 {
    // Twice as long each time.
    let doubled = config.first_delay_ms.saturating_mul(1 << attempt.min(16));
    doubled.min(config.longest_delay_ms)
}
\`\`\`

| setting | default |
|---|---|
| \`attempts\` | 3 |
| \`first_delay_ms\` | 100 |

1. The first delay is 100 ms [3].
2. It never grows beyond 5 s [7].

More in [the book](https://example.org/retries), but not ![here](https://evil.example/x.png) and <b>not bold</b>.
`;

function citations(text) {
  const found = [];
  for (const [number, line] of text.split('\n').entries()) {
    for (const hit of line.matchAll(/\[(\d)\]|src\/retry\.rs:5-9/g)) {
      const n = hit[1] ? Number(hit[1]) : null;
      const at = SOURCES().find((one) => one.n === (n ?? 1));
      const textRange = { start: { line: number, character: hit.index }, end: { line: number, character: hit.index + hit[0].length } };
      found.push(at
        ? { source: n, uri: at.uri, path: at.path, range: at.range, verified: n !== 3, added: false, reason: n === 3 ? 'the lines say something else now' : null, textRange }
        : { source: n, uri: null, path: '', range: null, verified: false, added: false, reason: 'there is no such source', textRange });
    }
  }
  return found;
}

function pieces(message) {
  const word = message.split(' ')[0];
  if (word === 'long') return { texts: Array.from({ length: 10_000 }, (_, line) => (line % 40 === 39 ? `line ${line} [1]\n\n` : line % 400 === 20 ? `\n\`\`\`rust\nlet line = ${line};\n\`\`\`\n\n` : `line ${line}\n`)), every: 1, batch: 20 };
  if (word === 'fast') return { texts: Array.from({ length: 1_000 }, (_, n) => (n % 25 === 24 ? `word${n}.\n\n` : `word${n} `)), every: 2, batch: 1 };
  if (word === 'slow') return { texts: Array.from({ length: 10_000 }, (_, n) => `tick${n} `), every: 50, batch: 1 };
  return { texts: ANSWER.match(/[\s\S]{1,6}/g), every: 2, batch: 1 };
}

async function chat(id, params) {
  const { token, mode = 'ask' } = params;
  // What is answered anew is what was asked before.
  const message = params.message || (params.regenerate && kept.get(params.conversation)?.asked.at(-1)?.message) || '';
  const conversation = params.conversation ?? `c${kept.size + 1}`;
  let sequence = 0;
  const delta = (what) => token && notify('codecompass/chatDelta', { token, sequence: sequence++, ...what });
  const state = { stopped: false };
  running.set(token, state);
  running.set(id, state);
  delta({ kind: 'status', stage: 'searching', text: 'looking for code' });
  delta({ kind: 'sources', conversation, sources: SOURCES() });
  delta({ kind: 'status', stage: 'waiting', text: 'qwen2.5-coder:7b on gpu reads 3120 tokens', model: 'qwen2.5-coder:7b', host: 'gpu' });
  delta({ kind: 'thinking', text: 'The user wants to know about retries.' });
  const { texts, every, batch } = pieces(message || 'explain');
  let text = '';
  let due = performance.now();
  for (let at = 0; at < texts.length && !state.stopped; at += batch) {
    for (const piece of texts.slice(at, at + batch)) {
      text += piece;
      delta({ kind: 'text', text: piece });
    }
    due += every * batch;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  running.delete(token);
  running.delete(id);
  if (state.cancelled) return send({ id, error: { code: -32800, message: 'Request was cancelled' } });
  const found = citations(text);
  const bad = found.filter((one) => !one.verified).length;
  const answer = {
    text, thinking: 'The user wants to know about retries.', complete: !state.stopped, stopped: state.stopped, error: null,
    citations: found, sources: SOURCES(), model: 'qwen2.5-coder:7b', host: 'gpu', conversation, redactions: 0, notes: [],
    summary: found.length === 0 ? '' : bad === 0 ? `${found.length} citations, all of them checked` : `${found.length} citations, ${bad} of them do not hold`,
    usage: { promptTokens: 3088, answerTokens: 210, firstTokenMs: 410, tokensPerSecond: 61.5, totalMs: 2400 },
    ledger: {
      context: 8192, answer: 2048, estimated: 3120, counted: 3088,
      entries: [
        { kind: 'instructions', label: 'instructions', source: null, tokens: 640, included: true, reason: '' },
        { kind: 'source', label: 'src/retry.rs:5-9 backoff_delay', source: 1, tokens: 120, included: true, reason: 'found' },
        { kind: 'source', label: 'src/retry.rs:11-24 send_with_retries', source: 2, tokens: 260, included: true, reason: 'found' },
        { kind: 'source', label: 'parts/part_1.rs', source: null, tokens: 4100, included: false, reason: 'no room' },
      ],
    },
  };
  const now = Date.now();
  const known = kept.get(conversation) ?? { id: conversation, title: message || 'explained', workspace: root, created: now, updated: now, turns: 0, asked: [] };
  if (params.regenerate) known.asked.pop();
  known.asked.push({ message, mode, subject: params.subject ?? null, at: now, answer });
  Object.assign(known, { updated: now, turns: known.asked.length });
  kept.set(conversation, known);
  if (store) fs.writeFileSync(store, JSON.stringify([...kept]));
  send({ id, result: answer });
}

const STATUS = () => ({
  folders: [{
    workspace: decodeURIComponent(root.replace('file://', '')), phase: 'ready', done: 0, total: 0, files_per_second: 0, slow_file: null,
    files: { seen: 10_240, indexed: 10_231, skipped: { ignored: 8, binary: 1 } }, chunks: { total: 90_210, embedded: 90_210, pending: 0 }, languages: { rust: 10_231 },
    open_files: 1, embedder: 'builtin', index: { complete: true, generation: 3, age_s: 12, text_bytes: 5e7, bytes: 6e7, schema: 1 }, watcher: { mode: 'native', folders: 14, reason: '' }, errors: [],
  }],
  hosts: [{ name: 'gpu', url: 'https://gpu.example/ollama', state: 'up', roles: ['chat', 'embed'], version: '0.12.0' }],
});

function request({ id, method, params }) {
  const answer = (result) => send({ id, result });
  switch (method) {
    case 'initialize':
      root = params.workspaceFolders?.[0]?.uri ?? params.rootUri ?? '';
      return answer({ capabilities: { textDocumentSync: 1, executeCommandProvider: { commands: ['codecompass.explain', 'codecompass.chat.stop'] } }, serverInfo: { name: 'codecompass', version: '0.1.99' } });
    case 'shutdown':
      return answer(null);
    case 'codecompass/status':
      return answer(STATUS());
    case 'codecompass/search':
      return answer({ hits: [], notes: [] });
    case 'codecompass/complete':
      return answer({ items: [
        { text: '@src/retry.rs', kind: 'file', detail: 'src' },
        { text: '@backoff_delay', kind: 'symbol', detail: 'function src/retry.rs:6' },
        { text: '@diff', kind: 'diff', detail: 'what is not committed yet' },
      ].filter((item) => item.text.toLowerCase().includes(params.prefix.toLowerCase())) });
    case 'codecompass/chat':
      return void chat(id, params);
    case 'codecompass/conversations': {
      const one = kept.get(params.id);
      if (params.action === 'list') return answer({ conversations: [...kept.values()].map(({ asked, ...about }) => about).sort((a, b) => b.updated - a.updated) });
      if (!one) return send({ id, error: { code: -32602, message: 'there is no such conversation' } });
      if (params.action === 'delete') kept.delete(params.id);
      if (params.action === 'rename') one.title = params.title;
      return answer({ conversation: one, markdown: `# ${one.title}\n`, message: 'done' });
    }
    case 'workspace/executeCommand':
      if (params.command === 'codecompass.chat.stop') {
        const state = running.get(params.arguments[0].token);
        if (state) state.stopped = true;
        return answer({ message: 'stopped' });
      }
      return answer({ message: 'done' });
    default:
      return send({ id, error: { code: -32601, message: `${method} is not known` } });
  }
}

let buffer = Buffer.alloc(0);
process.stdin.on('data', (data) => {
  buffer = Buffer.concat([buffer, data]);
  for (;;) {
    const head = buffer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, head).toString())[1]);
    if (buffer.length < head + 4 + length) return;
    const message = JSON.parse(buffer.subarray(head + 4, head + 4 + length).toString());
    buffer = buffer.subarray(head + 4 + length);
    if (message.method === 'exit') process.exit(0);
    if (message.method === '$/cancelRequest') {
      const state = running.get(message.params.id);
      if (state) Object.assign(state, { stopped: true, cancelled: true });
    } else if (message.method === 'initialized') notify('codecompass/status', STATUS());
    else if (message.id !== undefined && message.method) request(message);
  }
});
process.stdin.on('end', () => process.exit(0));
