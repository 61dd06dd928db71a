// Two small real models behind Ollama's API: main.mjs FOLDER [PORT]
// FOLDER is what `../install` made. Listens on this machine only, prints its address when it is ready. What it imitates is
// Ollama's protocol as clients see it: statuses, texts of errors, when headers are sent, what a hang-up does. What it cannot
// do: tools, thinking, images, infill, fetching models.

import {Models} from "./models.mjs";
import {serve} from "./http.mjs";

const [folder, port = "0"] = process.argv.slice(2);
const models = await Models.open(folder, {
    "smollm2:135m": "smollm2-135m.gguf",
    "all-minilm:latest": "all-minilm.gguf"
});
const server = await serve(models, Number(port));
console.log(`http://127.0.0.1:${server.address().port}`);

// Whoever started it may be killed without a chance to end it.
const parent = Number(process.env.CODECOMPASS_TEST_PARENT);
if (parent) setInterval(() => process.ppid !== parent && process.exit(), 1000).unref();
