#!/usr/bin/env python3
"""A language server that answers as a script says, so that tests decide what comes and when. Speaks only what the plugin asks
for; a question says what its answer is to be: "slow" waits until it is stopped, "burst" sends much at once, "die" ends the
process, "give up" the request, "fail" has no model, "think" reasons first."""

import json
import os
import sys
import threading
import time

out = threading.Lock()
stopped = {}
conversations = {}
root = None


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    with out:
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        sys.stdout.buffer.flush()


def receive():
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        name, value = line.split(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(sys.stdin.buffer.read(length)) if length else None


def span(line, first, last, end_line=None):
    end = {"line": line if end_line is None else end_line, "character": last}
    return {"start": {"line": line, "character": first}, "end": end}


def source():
    return {
        "n": 1, "uri": root + "/src/retry.rs", "path": "src/retry.rs", "range": span(5, 0, 1, 12),
        "label": "function `backoff_delay`", "language": "rust", "text": "",
    }


def result(params, text, **more):
    citations = []
    for line, row in enumerate(text.split("\n")):
        at = row.find("[1]")
        if at >= 0:
            citations.append({
                "source": 1, "uri": source()["uri"], "path": "src/retry.rs", "range": source()["range"], "verified": True,
                "added": False, "reason": None, "textRange": span(line, len(row[:at].encode()), len(row[:at].encode()) + 3),
            })
        at = row.find("src/gone.rs:3")
        if at >= 0:
            citations.append({
                "source": None, "uri": None, "path": "src/gone.rs", "range": None, "verified": False, "added": False,
                "reason": "there is no such file", "textRange": span(line, at, at + 13),
            })
    return {
        "text": text, "thinking": "", "complete": True, "stopped": False, "error": None, "citations": citations,
        "sources": [source()], "ledger": None, "model": "qwen2.5-coder:7b", "host": "gpu",
        "usage": {"totalMs": 1200, "tokensPerSecond": 50.0}, "conversation": params["conversation"],
        "summary": "1 citation, checked", "redactions": 0, "notes": [], **more,
    }


def chat(number, params):
    token, sequence = params.get("token"), 0
    params["conversation"] = params.get("conversation") or "c%d" % (len(conversations) + 1)

    def delta(kind, **members):
        nonlocal sequence
        if token:
            send({"method": "codecompass/chatDelta", "params": {"token": token, "sequence": sequence, "kind": kind, **members}})
        sequence += 1

    def text(whole, pause=0.0, size=7):
        for at in range(0, len(whole), size):
            if stopped.get(token):
                return whole[:at]
            delta("text", text=whole[at:at + size])
            time.sleep(pause)
        return whole

    message = params.get("message", "")
    told = conversations.setdefault(params["conversation"], [])
    if params.get("regenerate"):
        message = told.pop()["message"]
    delta("status", stage="searching", text="looking for code")
    delta("sources", conversation=params["conversation"], sources=[source()])
    delta("status", stage="waiting", text="qwen2.5-coder:7b on gpu reads 100 tokens", model="qwen2.5-coder:7b", host="gpu")
    answer = None
    if "die" in message:
        text("it ends in the midst of ")
        os._exit(101)
    elif "give up" in message:
        text("it begins")
        return send({"id": number, "error": {"code": -32800, "message": "Canceled"}})
    elif "fail" in message:
        answer = result(params, "", complete=False, error="no host answers: start Ollama there (`ollama serve`)", model=None,
                        host=None, usage=None, summary="", citations=[])
    elif "slow" in message:
        said = text("It goes on. " * 2000, pause=0.02)
        answer = result(params, said, complete=False, stopped=True, summary="")
    elif "burst" in message:
        lines = "".join("Line %d of many: `backoff_delay` waits longer each time, as the code says.\n" % n for n in range(8000))
        said = text(lines, size=4096 if "huge" in message else 512, pause=0.0 if "huge" in message else 0.002)
        answer = result(params, said)
    else:
        thinking = ""
        if "think" in message:
            for part in ["The user wants ", "to know\nhow it ", "waits."]:
                delta("thinking", text=part)
                thinking += part
                time.sleep(0.03)
        about = params.get("subject") or {}
        whole = "`backoff_delay` waits twice as long each time – up to a limit [1].\n\n```rust\ndoubled.min(config.longest_delay_ms)\n```\n\nSee src/gone.rs:3 too."
        if params.get("mode") == "explain":
            whole = "This is about `%s`: it waits twice as long each time [1]." % (about.get("problem") or about.get("symbol") or about.get("uri", "").split("/")[-1])
        text(whole, pause=0.01)
        # What was checked differs a little from what was written.
        answer = result(params, whole.replace("See src", "See also src"), thinking=thinking)
    told.append({"message": message, "mode": params.get("mode", "ask"), "subject": params.get("subject"), "at": 0, "answer": answer})
    send({"id": number, "result": answer})


def kept(params):
    action = params["action"]
    if action == "list":
        return {"conversations": [
            {"id": key, "title": turns[0]["message"] or "Explain", "workspace": root, "created": 0,
             "updated": int(time.time() * 1000), "turns": len(turns)}
            for key, turns in conversations.items() if turns]}
    if action == "get":
        turns = conversations[params["id"]]
        return {"conversation": {"id": params["id"], "title": turns[0]["message"], "workspace": root, "created": 0, "updated": 0,
                                 "turns": len(turns), "asked": turns}}
    if action == "delete":
        del conversations[params["id"]]
        return {"message": "deleted"}
    if action == "export":
        return {"markdown": "# Exported"}
    return {"message": "done"}


def answer(number, method, params):
    global root
    if method == "initialize":
        root = params["rootUri"]
        known = params["capabilities"].get("experimental", {}).get("codecompass")
        commands = ["codecompass." + name for name in ["search", "ask", "explain", "similar", "status", "chat.stop"]]
        send({"id": number, "result": {
            "capabilities": {"positionEncoding": "utf-8", "textDocumentSync": 2, "codeActionProvider": True,
                             "executeCommandProvider": {"commands": commands}, "experimental": {"known": known}},
            "serverInfo": {"name": "codecompass", "version": os.environ.get("FAKE_VERSION", "0.1.0")}}})
    elif method == "codecompass/chat":
        threading.Thread(target=chat, args=(number, params), daemon=True).start()
    elif method == "codecompass/conversations":
        send({"id": number, "result": kept(params)})
    elif method == "textDocument/codeAction":
        argument = {"uri": params["textDocument"]["uri"], "line": params["range"]["start"]["line"] + 1, "symbol": "backoff_delay"}
        send({"id": number, "result": [{"title": "Explain `backoff_delay`", "command": {
            "title": "Explain", "command": "codecompass.explain", "arguments": [argument]}}]})
    elif method == "codecompass/complete":
        send({"id": number, "result": {"items": [{"text": "@src/retry.rs", "kind": "file", "detail": "a file"}]}})
    elif method == "workspace/executeCommand":
        if params["command"] == "codecompass.chat.stop":
            stopped[params["arguments"][0]["token"]] = True
        send({"id": number, "result": {"message": "done"}})
    elif method == "shutdown":
        send({"id": number, "result": None})
    else:
        send({"id": number, "error": {"code": -32601, "message": "no " + method}})


while (message := receive()) is not None:
    if message.get("method") == "exit":
        break
    if "id" in message and "method" in message:
        answer(message["id"], message["method"], message.get("params"))
