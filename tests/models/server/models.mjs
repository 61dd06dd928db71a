// The models: what is known of each without loading it, which are loaded, and how long they stay.

import {createHash} from "node:crypto";
import {createReadStream} from "node:fs";
import {stat} from "node:fs/promises";
import path from "node:path";
import {runtime} from "./runtime.mjs";

const DEFAULT_CONTEXT = 4096;
const DEFAULT_KEEP_ALIVE = 5 * 60_000;
// "For ever" in what `ps` answers.
const FAR = 100 * 365 * 24 * 3600_000;
const QUANTIZATIONS = {1: "F16", 3: "Q4_1"};

/** `x` is `x:latest`. */
export const fullName = name => (name.includes(":") ? name : `${name}:latest`).toLowerCase();

/** Milliseconds of `keep_alive`: seconds, or a duration such as "1h30m"; negative is for ever. */
export function keepAlive(value) {
    if (value === undefined || value === null) return DEFAULT_KEEP_ALIVE;
    if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
    const text = String(value).trim();
    if (text === "" || !/^-?(\d+(\.\d+)?(ms|h|m|s))+$|^-?\d+$/.test(text)) return null;
    if (text.startsWith("-")) return Infinity;
    const units = {ms: 1, s: 1000, m: 60_000, h: 3600_000};
    return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)?/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * units[unit ?? "s"], 0
    );
}

class Model {
    constructor(name, file, digest, stats, metadata) {
        this.name = name;
        this.file = file;
        this.digest = digest;
        this.size = stats.size;
        this.modified = stats.mtime.toISOString();
        this.metadata = metadata;
        this.architecture = metadata.general.architecture;
        this.trained = metadata[this.architecture].context_length;
        this.width = metadata[this.architecture].embedding_length;
        // An encoder says how it makes one vector of many.
        this.embeds = metadata[this.architecture].pooling_type !== undefined;
        this.template = metadata.tokenizer?.chat_template ?? "";
        this.loaded = null;
        this.expires = 0;
        this.timer = undefined;
    }

    get capabilities() {
        return [this.embeds ? "embedding" : "completion"];
    }

    get details() {
        return {
            parent_model: "",
            format: "gguf",
            family: this.architecture,
            families: [this.architecture],
            parameter_size: this.embeds ? "22.57M" : "134.52M",
            quantization_level: QUANTIZATIONS[this.metadata.general.file_type] ?? ""
        };
    }

    /** The context of a request: what it asks for, never more than the model was trained with. */
    contextFor(options) {
        const wanted = options?.num_ctx > 0 ? options.num_ctx : DEFAULT_CONTEXT;
        return Math.min(wanted, this.trained);
    }
}

export class Models {
    #byName = new Map();

    static async open(folder, files) {
        const models = new Models();
        Object.assign(models, await runtime(folder));
        for (const [name, file] of Object.entries(files)) {
            const full = path.join(folder, file);
            const info = await models.readGgufFileInfo(full, {readTensorInfo: false, logWarnings: false});
            models.#byName.set(name, new Model(name, full, await sha256(full), await stat(full), info.metadata));
        }
        return models;
    }

    find(name) {
        return this.#byName.get(fullName(name));
    }

    all() {
        return [...this.#byName.values()];
    }

    /**
     * The model with a context of the wanted size. As with Ollama another size loads the model anew. One request runs at a
     * time, so that nobody else is using what is thrown away here.
     */
    async load(model, options) {
        const size = model.contextFor(options);
        if (model.loaded?.size === size) return model.loaded;
        await this.unload(model);
        const weights = await this.llama.loadModel({modelPath: model.file});
        const context = model.embeds
            ? await weights.createEmbeddingContext({contextSize: size})
            : await weights.createContext({contextSize: size});
        model.loaded = {size, weights, context};
        if (!model.embeds) {
            // One sequence for all requests: what two prompts begin with is evaluated once.
            model.loaded.sequence = context.getSequence();
            model.loaded.completion = new this.LlamaCompletion({contextSequence: model.loaded.sequence});
        }
        return model.loaded;
    }

    async unload(model) {
        clearTimeout(model.timer);
        const loaded = model.loaded;
        model.loaded = null;
        await loaded?.weights.dispose();
    }

    /** A request ended; `queue` makes sure that no other runs while the model is unloaded. */
    async rest(model, value, queue) {
        clearTimeout(model.timer);
        const time = keepAlive(value) ?? DEFAULT_KEEP_ALIVE;
        if (time === 0) return this.unload(model);
        model.expires = Date.now() + Math.min(time, FAR);
        if (time !== Infinity) {
            const expire = () => Date.now() >= model.expires ? this.unload(model) : undefined;
            model.timer = setTimeout(() => queue.run(expire).catch(() => {}), time + 1).unref();
        }
    }
}

async function sha256(file) {
    const hash = createHash("sha256");
    for await (const piece of createReadStream(file)) hash.update(piece);
    return hash.digest("hex");
}
