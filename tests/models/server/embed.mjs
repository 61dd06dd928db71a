// `embed`: a vector of length one for each input, in their order; all of them or none.

import {Refusal} from "./refusal.mjs";

// What the model puts around each text.
const FRAME = 2;

export async function embed(exchange, models, model, request) {
    const began = performance.now();
    if (!model.embeds) {
        throw new Refusal(501, "This server does not support embeddings. Start it with `--embeddings`");
    }
    const inputs = inputsOf(request.input);
    const loaded = await models.load(model, request.options);
    const load = performance.now() - began;
    const room = loaded.size - FRAME;
    const embeddings = [];
    let count = 0;
    for (const input of inputs) {
        if (exchange.signal.aborted) return;
        let tokens = loaded.weights.tokenize(input);
        if (tokens.length > room) {
            if (request.truncate === false) throw new Refusal(400, "the input length exceeds the context length");
            tokens = tokens.slice(0, room);
        }
        count += tokens.length;
        const {vector} = await loaded.context.getEmbeddingFor(tokens);
        embeddings.push(normalised(request.dimensions > 0 ? vector.slice(0, request.dimensions) : vector));
    }
    exchange.json(200, {
        model: request.model,
        embeddings,
        total_duration: Math.round((performance.now() - began) * 1e6),
        load_duration: Math.round(load * 1e6),
        prompt_eval_count: count
    });
}

function inputsOf(input) {
    if (input === undefined || input === null || input === "") return [];
    const inputs = Array.isArray(input) ? input : [input];
    if (inputs.some(one => typeof one !== "string")) throw new Refusal(400, "invalid input type");
    return inputs;
}

function normalised(vector) {
    const length = Math.hypot(...vector) || 1;
    return vector.map(component => component / length);
}
