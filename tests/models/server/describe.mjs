// `tags`, `ps`, `show`: what is there.

export const tags = models => ({
    models: models.all().map(model => ({
        name: model.name,
        model: model.name,
        modified_at: model.modified,
        size: model.size,
        digest: model.digest,
        details: model.details,
        capabilities: model.capabilities
    }))
});

export const ps = models => ({
    models: models.all().filter(model => model.loaded).map(model => ({
        name: model.name,
        model: model.name,
        size: model.size,
        digest: model.digest,
        details: model.details,
        expires_at: new Date(model.expires).toISOString(),
        size_vram: 0,
        context_length: model.loaded.size
    }))
});

export const show = (model, verbose) => ({
    license: "Apache-2.0",
    modelfile: `FROM ${model.name}\n`,
    template: model.template,
    details: model.details,
    model_info: Object.fromEntries(flat(model.metadata, verbose)),
    capabilities: model.capabilities,
    modified_at: model.modified
});

/** `{a: {b: 1}}` as `["a.b", 1]`. Lists are long, and shown to those only who want to know it all. */
function* flat(value, verbose, prefix = "") {
    for (const [key, inner] of Object.entries(value)) {
        const name = prefix + key;
        if (Array.isArray(inner)) yield [name, verbose ? inner : null];
        else if (inner !== null && typeof inner === "object") yield* flat(inner, verbose, `${name}.`);
        else yield [name, typeof inner === "bigint" ? Number(inner) : inner];
    }
}
