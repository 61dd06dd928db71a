// Routes, and how requests and answers travel.

import http from "node:http";
import net from "node:net";
import os from "node:os";
import {ps, show, tags} from "./describe.mjs";
import {embed} from "./embed.mjs";
import {generate} from "./generate.mjs";
import {keepAlive} from "./models.mjs";
import {Queue} from "./queue.mjs";
import {Refusal, notFound} from "./refusal.mjs";

const VERSION = "0.32.15";
const MAX_QUEUE = Number(process.env.OLLAMA_MAX_QUEUE ?? 512);

const ROUTES = {
    "/": {GET: exchange => exchange.text(200, "Ollama is running")},
    "/api/version": {GET: exchange => exchange.json(200, {version: VERSION})},
    "/api/status": {GET: exchange => exchange.json(200, {cloud: {disabled: true, source: "env"}})},
    "/api/tags": {GET: (exchange, {models}) => exchange.json(200, tags(models))},
    "/api/ps": {GET: (exchange, {models}) => exchange.json(200, ps(models))},
    "/api/show": {POST: (exchange, {models}) => {
        const {model, request} = exchange.named(models);
        exchange.json(200, show(model, request.verbose === true));
    }},
    "/api/chat": {POST: (exchange, world) => answer(exchange, world, "chat")},
    "/api/generate": {POST: (exchange, world) => answer(exchange, world, "generate")},
    "/api/embed": {POST: (exchange, world) => answer(exchange, world, "embed")},
    // There is no registry here: what is not there cannot be fetched, and what is there stays.
    "/api/pull": {POST: exchange => {
        exchange.request();
        exchange.line({status: "pulling manifest"});
        exchange.line({error: "pull model manifest: file does not exist"});
        exchange.end();
    }},
    "/api/delete": {DELETE: (exchange, {models}) => {
        const {request} = exchange.named(models);
        throw new Refusal(500, `model '${request.model ?? request.name}' is part of this host`);
    }}
};

/** Asks a model, in turn. */
async function answer(exchange, world, kind) {
    const {models, queue} = world;
    const {model, request} = exchange.named(models);
    exchange.keepAlive = keepAlive(request.keep_alive);
    if (exchange.keepAlive === null) throw new Refusal(400, `time: invalid duration "${request.keep_alive}"`);
    // Ollama counts those only that wait for a model to be loaded.
    if (!model.loaded && queue.waiting >= MAX_QUEUE) {
        throw new Refusal(503, "server busy, please try again.  maximum pending requests exceeded");
    }
    await queue.run(async () => {
        try {
            if (kind === "embed") await embed(exchange, models, model, request);
            else await generate(exchange, models, model, request, kind);
        } finally {
            if (model.loaded) await models.rest(model, request.keep_alive, queue);
        }
    }, exchange.signal);
}

/** One request and its answer. */
class Exchange {
    #response;
    #body;
    #gone = new AbortController();

    constructor(response, body) {
        this.#response = response;
        this.#body = body;
        response.on("close", () => this.#gone.abort());
    }

    /** Says when the client hung up. */
    get signal() {
        return this.#gone.signal;
    }

    request() {
        if (this.#body === "") throw new Refusal(400, "missing request body");
        try {
            return JSON.parse(this.#body);
        } catch (error) {
            throw new Refusal(400, error.message);
        }
    }

    /** The request and the model that it names. */
    named(models) {
        const request = this.request();
        const name = request.model ?? request.name;
        if (typeof name !== "string" || name === "") throw new Refusal(400, "model is required");
        const model = models.find(name);
        if (!model) throw notFound(name);
        return {model, request};
    }

    json(status, body) {
        this.#response.writeHead(status, {"content-type": "application/json; charset=utf-8"});
        this.#response.end(JSON.stringify(body));
    }

    text(status, body) {
        this.#response.writeHead(status, {"content-type": "text/plain; charset=utf-8"});
        this.#response.end(body);
    }

    /** An event of a stream. The first one brings the headers. */
    line(event) {
        if (!this.#response.headersSent) this.#response.writeHead(200, {"content-type": "application/x-ndjson"});
        this.#response.write(JSON.stringify(event) + "\n");
    }

    end() {
        this.#response.end();
    }

    fail(error) {
        const text = error instanceof Refusal ? error.message : `an error was encountered: ${error.message ?? error}`;
        if (!this.#response.headersSent) return this.json(error.status ?? 500, {error: text});
        this.line({error: text});
        this.end();
    }
}

/**
 * A host that listens on loopback answers only to names of this machine, against pages that let a name of theirs point here.
 * A proxy that passes on the name under which it was called meets this.
 */
export function isOurName(header) {
    const host = (header ?? "").toLowerCase().replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
    if (net.isIP(host)) return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|::1?$|f[cd])/.test(host);
    return host === "" || host === "localhost" || host === os.hostname().toLowerCase() ||
        /\.(localhost|local|internal)$/.test(host);
}

async function handle(request, response, world) {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    const exchange = new Exchange(response, body);
    try {
        if (!isOurName(request.headers.host)) {
            response.writeHead(403, {"content-length": 0});
            return response.end();
        }
        const route = ROUTES[new URL(request.url, "http://localhost").pathname];
        if (!route) return exchange.text(404, "404 page not found");
        const method = request.method === "HEAD" ? "GET" : request.method;
        if (!route[method]) return exchange.text(405, "405 method not allowed");
        await route[method](exchange, world);
    } catch (error) {
        exchange.fail(error);
    }
}

/** Serves the models on this machine. */
export function serve(models, port) {
    const world = {models, queue: new Queue()};
    const server = http.createServer((request, response) => {
        // A body that is cut off has nobody to answer to.
        handle(request, response, world).catch(() => response.destroy());
    });
    return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", () => resolve(server));
    });
}
