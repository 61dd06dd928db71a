// Messages as the tokens that the model was trained with (ChatML). Marks are tokens of their own; the same characters in
// somebody's text are only text.

const MANNERS = "You are a helpful AI assistant.";

/** The prompt of a conversation, ready for the answer. */
export function chatTokens(model, messages) {
    const said = messages[0]?.role === "system" ? messages : [{role: "system", content: MANNERS}, ...messages];
    const mark = text => model.tokenize(text, true);
    const text = words => model.tokenize(words, false, "trimLeadingSpace");
    const turns = said.flatMap(({role, content}) => [
        ...mark("<|im_start|>"), ...text(`${role}\n${content ?? ""}`), ...mark("<|im_end|>"), ...text("\n")
    ]);
    return [...turns, ...mark("<|im_start|>"), ...text("assistant\n")];
}

/** As Ollama shortens: the oldest messages go first, instructions and the last message stay. */
export function shortened(model, messages, room) {
    const kept = [...messages];
    for (;;) {
        const tokens = chatTokens(model, kept);
        const oldest = kept.findIndex((message, at) => message.role !== "system" && at < kept.length - 1);
        if (tokens.length <= room || oldest < 0) return tokens;
        kept.splice(oldest, 1);
    }
}
