#!/usr/bin/env python3
"""Writes all-MiniLM-L6-v2 as GGUF, the format that llama.cpp reads: minilm_to_gguf.py FOLDER OUT

FOLDER holds model.safetensors and vocab.txt. Needs nothing but Python. It knows this one model: a BERT encoder with 6 layers
whose token vectors are averaged. Matrices become half precision. Check: the cosines of the model card's example sentences,
which the tests of tests/real/ look at.
"""

import json
import struct
import sys
from pathlib import Path

LAYERS = 6
WIDTH = 384
INNER_WIDTH = 1536
HEADS = 12
LONGEST = 512

# Numbers of the format.
STRING, UINT32, INT32, FLOAT32, BOOL, ARRAY = 8, 4, 5, 6, 7, 9
F32, F16 = 0, 1
ALIGNMENT = 32
MOSTLY_F16 = 1
MEAN_POOLING = 1
NORMAL, CONTROL, UNUSED = 1, 3, 5

SPECIAL = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}

# Name in the weights -> name in GGUF.
OUTSIDE = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
INSIDE = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}


def names():
    """All tensors: name in the weights, name in GGUF."""
    yield from OUTSIDE.items()
    for layer in range(LAYERS):
        for source, target in INSIDE.items():
            for part in ("weight", "bias"):
                yield f"encoder.layer.{layer}.{source}.{part}", f"blk.{layer}.{target}.{part}"


class Safetensors:
    """The weights: a length, a table in JSON, then the bytes."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        (length,) = struct.unpack_from("<Q", self.bytes)
        self.table = json.loads(self.bytes[8 : 8 + length])
        self.start = 8 + length

    def read(self, name):
        """The shape and the single precision numbers of a tensor, as bytes."""
        entry = self.table.get(name) or self.table["bert." + name]
        if entry["dtype"] != "F32":
            raise SystemExit(f"{name} is {entry['dtype']}, expected F32")
        begin, end = entry["data_offsets"]
        return entry["shape"], self.bytes[self.start + begin : self.start + end]


def halved(single):
    """The same numbers in half precision, piece by piece to stay small."""
    pieces = []
    for begin in range(0, len(single), 1 << 20):
        piece = single[begin : begin + (1 << 20)]
        count = len(piece) // 4
        pieces.append(struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", piece)))
    return b"".join(pieces)


def tokens(path):
    """Texts and types of the vocabulary. llama.cpp marks beginnings of words where BERT marks what continues them."""
    texts, types = [], []
    for token in path.read_text(encoding="utf-8").splitlines():
        kind = NORMAL
        if token in SPECIAL:
            kind = CONTROL
        elif token.startswith("[unused"):
            kind = UNUSED
        elif token.startswith("##"):
            token = token[2:]
        elif not (len(token) > 1 and token.startswith("[") and token.endswith("]")):
            token = "\u2581" + token
        texts.append(token)
        types.append(kind)
    return texts, types


def text(value):
    data = value.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def pair(key, kind, data):
    return text(key) + struct.pack("<I", kind) + data


def metadata(vocabulary):
    """What GGUF says of a model, as encoded pairs."""

    def number(key, value):
        return pair(key, UINT32, struct.pack("<I", value))

    def array(key, kind, items):
        return pair(key, ARRAY, struct.pack("<IQ", kind, len(items)) + b"".join(items))

    texts, types = tokens(vocabulary)
    return [
        pair("general.architecture", STRING, text("bert")),
        pair("general.name", STRING, text("all-MiniLM-L6-v2")),
        number("general.file_type", MOSTLY_F16),
        number("bert.context_length", LONGEST),
        number("bert.embedding_length", WIDTH),
        number("bert.block_count", LAYERS),
        number("bert.feed_forward_length", INNER_WIDTH),
        number("bert.attention.head_count", HEADS),
        pair("bert.attention.layer_norm_epsilon", FLOAT32, struct.pack("<f", 1e-12)),
        pair("bert.attention.causal", BOOL, struct.pack("<?", False)),
        number("bert.pooling_type", MEAN_POOLING),
        pair("tokenizer.ggml.model", STRING, text("bert")),
        # The rules by which text is split before the vocabulary is looked up: those of WordPiece.
        pair("tokenizer.ggml.pre", STRING, text("jina-v2-en")),
        array("tokenizer.ggml.tokens", STRING, [text(token) for token in texts]),
        array("tokenizer.ggml.token_type", INT32, [struct.pack("<i", kind) for kind in types]),
        number("tokenizer.ggml.token_type_count", 2),
        number("tokenizer.ggml.bos_token_id", SPECIAL["[CLS]"]),
        number("tokenizer.ggml.eos_token_id", SPECIAL["[SEP]"]),
        number("tokenizer.ggml.unknown_token_id", SPECIAL["[UNK]"]),
        number("tokenizer.ggml.seperator_token_id", SPECIAL["[SEP]"]),  # spelled so by the format
        number("tokenizer.ggml.padding_token_id", SPECIAL["[PAD]"]),
        number("tokenizer.ggml.mask_token_id", SPECIAL["[MASK]"]),
        number("tokenizer.ggml.cls_token_id", SPECIAL["[CLS]"]),
    ]


def padding(length):
    return b"\0" * (-length % ALIGNMENT)


def main(folder, out):
    weights = Safetensors(folder / "model.safetensors")
    descriptions, blobs, offset = [], [], 0
    for source, target in names():
        shape, data = weights.read(source)
        # Tables that are added, not multiplied with, stay as they are.
        half = len(shape) == 2 and not target.startswith(("position_embd", "token_types"))
        if half:
            data = halved(data)
        # GGUF counts dimensions from the innermost.
        dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
        descriptions.append(text(target) + dimensions + struct.pack("<IQ", F16 if half else F32, offset))
        blobs.append(data + padding(len(data)))
        offset += len(blobs[-1])
    pairs = metadata(folder / "vocab.txt")
    head = b"GGUF" + struct.pack("<IQQ", 3, len(descriptions), len(pairs)) + b"".join(pairs + descriptions)
    with open(out, "wb") as file:
        file.write(head + padding(len(head)))
        file.writelines(blobs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
