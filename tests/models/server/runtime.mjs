// llama.cpp. It is installed outside of the repository, where an ordinary import would not find it.

import path from "node:path";
import {pathToFileURL} from "node:url";

/** The runtime that `../install` put into a folder. */
export async function runtime(folder) {
    const entry = path.join(folder, "node_modules/node-llama-cpp/dist/index.js");
    const {getLlama, LlamaCompletion, readGgufFileInfo} = await import(pathToFileURL(entry));
    // One thread: on a machine with few cores and other work, two wait for each other more than they compute.
    const llama = await getLlama({gpu: false, build: "never", progressLogs: false, logLevel: "error", maxThreads: 1});
    return {llama, LlamaCompletion, readGgufFileInfo};
}
