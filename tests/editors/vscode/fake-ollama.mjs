// An Ollama that only pretends, behind a token: lists, fetches and deletes models, and answers in a few words.
import * as http from 'node:http';

/** Starts one; with a token, those who do not know it are turned away. */
export async function fakeOllama({ token } = {}) {
  const models = new Map([['nomic-embed-text:latest', 274_302_450]]);
  const asked = [];
  const host = { asked, models, brokenOff: 0 };
  /** While somebody holds it, an answer stops after its second word. */
  let held = Promise.resolve();
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString() || '{}') : {};
    asked.push({ path: request.url, body });
    const say = (value, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (token && request.headers.authorization !== `Bearer ${token}`) return say({ error: 'unauthorized' }, 401);
    const about = ([name, size]) => ({
      name, model: name, size, digest: 'a'.repeat(64), modified_at: '2026-01-01T00:00:00Z',
      details: { family: 'x', parameter_size: '3B', quantization_level: 'Q4_K_M' },
    });
    const line = (value) => response.write(`${JSON.stringify(value)}\n`);
    switch (request.url) {
      case '/api/version':
        return say({ version: '0.12.0' });
      case '/api/tags':
        return say({ models: [...models].map(about) });
      case '/api/ps':
        return say({ models: [] });
      case '/api/show':
        return say({ capabilities: /embed/.test(body.model) ? ['embedding'] : ['completion', 'tools'], model_info: { 'general.architecture': 'x', 'x.context_length': 32768 }, details: {} });
      case '/api/pull': {
        const total = 1_900_000_000;
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        line({ status: 'pulling manifest' });
        for (let part = 1; part <= 10; part += 1) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          line({ status: 'pulling aaaa', digest: 'sha256:aaaa', total, completed: (total / 10) * part });
        }
        line({ status: 'success' });
        models.set(body.model ?? body.name, total);
        return response.end();
      }
      case '/api/delete':
        models.delete(body.model ?? body.name);
        return say({});
      case '/api/chat':
        if (body.stream === false) return say({ model: body.model, message: { role: 'assistant', content: 'It waits [1].' }, done: true, done_reason: 'stop' });
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        response.on('close', () => {
          if (!response.writableFinished) host.brokenOff += 1;
        });
        for (const [number, word] of ['It ', 'waits ', 'twice ', 'as ', 'long ', 'each ', 'time ', '[1].'].entries()) {
          if (number === 2) await held;
          await new Promise((resolve) => setTimeout(resolve, 30));
          if (response.destroyed) return undefined;
          line({ model: body.model, message: { role: 'assistant', content: word }, done: false });
        }
        line({ model: body.model, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 500, eval_count: 8, eval_duration: 240_000_000 });
        return response.end();
      default:
        return say({ error: 'not found' }, 404);
    }
  });
  const listen = (port) => new Promise((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  await listen(0);
  const { port } = server.address();
  return Object.assign(host, {
    address: `http://127.0.0.1:${port}`,
    hold: () => {
      let go;
      held = new Promise((resolve) => {
        go = resolve;
      });
      return go;
    },
    down: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
    up: () => listen(port),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
}
