#!/usr/bin/env python3
"""A model host whose model says what tests expect: it cites the first source of the prompt, and goes on and on when the
question is to be answered slowly. Writes the port it listens on to the file that it is given."""

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "qwen2.5-coder:7b"


class Host(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self):
        self.reply({})

    def do_GET(self):
        details = {"format": "gguf", "family": "qwen2", "families": ["qwen2"], "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}
        model = {"name": MODEL, "model": MODEL, "modified_at": "2026-01-01T00:00:00Z", "size": 1, "digest": "0" * 64, "details": details}
        if self.path == "/api/version":
            self.reply({"version": "0.21.0"})
        elif self.path == "/api/tags":
            self.reply({"models": [model]})
        elif self.path == "/api/ps":
            self.reply({"models": [{**model, "size_vram": 1, "expires_at": "2036-01-01T00:00:00Z", "context_length": 8192}]})
        else:
            self.reply({"error": "not found"}, 404)

    def line(self, value):
        data = json.dumps({"model": MODEL, "created_at": "2026-01-01T00:00:00Z", **value}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/api/show":
            return self.reply({"details": {"family": "qwen2"}, "capabilities": ["completion"], "model_info": {
                "general.architecture": "qwen2", "qwen2.context_length": 32768}})
        if self.path != "/api/chat":
            return self.reply({"error": "not found"}, 404)
        asked = request["messages"][-1]["content"]
        everything = "\n".join(message["content"] for message in request["messages"])
        slow = "slow" in asked
        source = re.search(r"\[(\d+)\]", everything)
        words = ("It goes on. " * 2000 if slow else "It waits twice as long each time [%s].\n\nThat is all." % (
            source.group(1) if source else "1")).split(" ")
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for number, word in enumerate(words):
                self.line({"message": {"role": "assistant", "content": (" " if number else "") + word}, "done": False})
                time.sleep(0.02 if slow else 0.005)
            self.line({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "total_duration": 10**9,
                       "load_duration": 0, "prompt_eval_count": 100, "prompt_eval_duration": 10**8, "eval_count": len(words),
                       "eval_duration": 10**9})
            self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            # Nobody listens any more: the answer was stopped.
            with open(sys.argv[1] + ".stopped", "w", encoding="utf-8") as mark:
                mark.write("stopped")


server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
with open(sys.argv[1], "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
server.serve_forever()
