// `chat` and `generate`: an answer, token by token. Headers go out with the first event, not before; until then an error still
// has a status, afterwards it is the last line.

import {chatTokens, shortened} from "./prompt.mjs";
import {Refusal, lacks, tooLong} from "./refusal.mjs";

// Tokens of a prompt that are read at a time.
const PIECE = 128;

const nanoseconds = milliseconds => Math.round(milliseconds * 1e6);

/** What a request may not ask for, before anything is loaded. */
function check(model, request, kind) {
    const name = request.model;
    if (model.embeds) throw lacks(name, kind);
    if (request.think !== undefined && request.think !== false) throw lacks(name, "thinking");
    if (request.tools?.length > 0) throw new Refusal(400, `${model.name} does not support tools`);
    if (request.suffix) throw new Refusal(400, `${model.name} does not support insert`);
    if (request.images?.length > 0 || request.messages?.some(message => message.images?.length > 0)) {
        throw new Refusal(400, `${model.name} does not support vision`);
    }
    if (request.raw && (request.template || request.system || request.context)) {
        throw new Refusal(400, "raw mode does not support template, system, or context");
    }
}

/** An empty question only loads the model, or unloads it. */
const isEmpty = (request, kind) => kind === "chat" ? !request.messages?.length : !request.prompt;

export async function generate(exchange, models, model, request, kind) {
    check(model, request, kind);
    const began = performance.now();
    const event = (text, rest) => ({
        model: request.model,
        created_at: new Date().toISOString(),
        ...(kind === "chat" ? {message: {role: "assistant", content: text}} : {response: text}),
        done: false,
        ...rest
    });
    if (isEmpty(request, kind)) {
        const unload = exchange.keepAlive === 0;
        if (!unload) await models.load(model, request.options);
        return exchange.json(200, event("", {done: true, done_reason: unload ? "unload" : "load"}));
    }
    const loaded = await models.load(model, request.options);
    const load = performance.now() - began;
    const prompt = tokensOf(loaded, request, kind);
    if (!await read(exchange, loaded, prompt)) return;
    const answer = await evaluate(exchange, models, loaded, prompt, request, text => {
        if (request.stream !== false) exchange.line(event(text));
    });
    const {first, text} = answer;
    const ended = performance.now();
    const metrics = {
        done: true,
        done_reason: answer.reason,
        ...(kind === "generate" && !request.raw ? {context: loaded.sequence.contextTokens} : {}),
        total_duration: nanoseconds(ended - began),
        load_duration: nanoseconds(load),
        prompt_eval_count: prompt.length,
        prompt_eval_duration: nanoseconds((first ?? ended) - began - load),
        eval_count: answer.count,
        eval_duration: nanoseconds(ended - (first ?? ended))
    };
    if (request.stream === false) return exchange.json(200, event(text, metrics));
    exchange.line(event("", metrics));
    exchange.end();
}

function tokensOf(loaded, request, kind) {
    const {weights, size} = loaded;
    const messages = kind === "chat"
        ? request.messages
        : [...(request.system ? [{role: "system", content: request.system}] : []), {role: "user", content: request.prompt}];
    // Some room has to stay for the answer.
    const room = size - 4;
    const prompt = request.raw ? weights.tokenize(request.prompt, true) : chatTokens(weights, messages);
    if (prompt.length <= room) return prompt;
    if (request.truncate === false) throw tooLong(prompt.length, size);
    const shorter = request.raw ? prompt : shortened(weights, messages, room);
    // What is still too long loses its middle.
    return shorter.length <= room ? shorter : [...shorter.slice(0, 4), ...shorter.slice(-(size >> 1))];
}

/**
 * Reads the prompt piece by piece, so that a hang-up is noticed before the first token, as with Ollama: the runtime by itself
 * would read it all. False if nobody waits any more.
 */
async function read(exchange, {sequence}, prompt) {
    await sequence.adaptStateToTokens(prompt, false);
    // The last token is left to the one who asks what comes after it.
    for (let at = sequence.nextTokenIndex; at < prompt.length - 1; at = sequence.nextTokenIndex) {
        if (exchange.signal.aborted) return false;
        await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, Math.min(at + PIECE, prompt.length - 1)));
    }
    return !exchange.signal.aborted;
}

async function evaluate(exchange, models, loaded, prompt, request, show) {
    const options = request.options ?? {};
    const answer = {text: "", count: 0, first: undefined, reason: "stop"};
    const grammar = typeof request.format === "object"
        ? await models.llama.createGrammarForJsonSchema(request.format)
        : request.format === "json" ? await models.llama.getGrammarFor("json") : undefined;
    const result = await loaded.completion.generateCompletionWithMeta(prompt, {
        maxTokens: options.num_predict > 0 ? options.num_predict : undefined,
        temperature: options.temperature ?? 0.8,
        topK: options.top_k ?? 40,
        topP: options.top_p ?? 0.9,
        minP: options.min_p,
        seed: options.seed,
        repeatPenalty: options.repeat_penalty > 1 ? {penalty: options.repeat_penalty} : false,
        customStopTriggers: options.stop?.length > 0 ? options.stop : undefined,
        disableContextShift: request.shift === false,
        grammar,
        // A client that hung up: the tokens so far are nobody's.
        signal: exchange.signal,
        stopOnAbortSignal: true,
        onToken: tokens => {
            answer.first ??= performance.now();
            answer.count += tokens.length;
        },
        onTextChunk: text => {
            answer.text += text;
            show(text);
        }
    });
    if (result.metadata.stopReason === "maxTokens") answer.reason = "length";
    return answer;
}
