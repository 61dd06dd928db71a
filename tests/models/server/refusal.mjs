// What a host says when it does not do what it was asked.

/** Ends a request with a status and a text. */
export class Refusal extends Error {
    constructor(status, text) {
        super(text);
        this.status = status;
    }
}

export const notFound = name => new Refusal(404, `model '${name}' not found`);

export const lacks = (name, what) => new Refusal(400, `"${name}" does not support ${what}`);

/** Ollama passes on what llama.cpp's server says: a document in JSON, written into the text. */
export function tooLong(tokens, context) {
    const message =
        `request (${tokens} tokens) exceeds the available context size (${context} tokens), try increasing it`;
    const error = {code: 400, message, type: "exceed_context_size_error", n_prompt_tokens: tokens, n_ctx: context};
    return new Refusal(400, JSON.stringify({error}));
}
