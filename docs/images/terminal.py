#!/usr/bin/env python3
"""Makes a picture of a terminal from what a program wrote to one: terminal.py 'COMMAND AS SHOWN' < OUTPUT > PICTURE.svg

search.svg is what `codecompass search -n 3 --lang rust throw away half-finished data of a killed process` wrote to a
terminal of 96 columns in this repository, recorded on a pseudo-terminal.
"""

import re
import sys
from html import escape

WIDTH, LINE, PAD, SIZE = 8.43, 19, 16, 14
COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 35: "#d2a8ff", 36: "#79c0ff"}
INK, PAPER, PROMPT = "#e6edf3", "#0d1117", "#7ee787"


def spans(line):
    """Pieces of a line with the style that is on where they stand."""
    style = {}
    for number, piece in enumerate(re.split(r"\x1b\[([\d;]*)m", line)):
        if number % 2 == 0:
            if piece:
                yield dict(style), piece
            continue
        for code in (int(code or 0) for code in piece.split(";")):
            if code == 0:
                style = {}
            elif code == 1:
                style["font-weight"] = "bold"
            elif code == 2:
                style["opacity"] = "0.6"
            elif code in COLOURS:
                style["fill"] = COLOURS[code]


def main():
    lines = [f"\x1b[32m$\x1b[0m {sys.argv[1]}"] + sys.stdin.read().replace("\r", "").rstrip("\n").split("\n")
    # Cursor movements and other commands of a terminal are not part of the picture.
    lines = [re.sub(r"\x1b\[[\d;?]*[A-Zac-ln-z]", "", line) for line in lines]
    columns = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    width, height = columns * WIDTH + 2 * PAD, len(lines) * LINE + 2 * PAD
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'
        f'\'DejaVu Sans Mono\',monospace" font-size="{SIZE}" fill="{INK}">'
    )
    print(f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>')
    for number, line in enumerate(lines):
        column, y = 0, PAD + number * LINE + SIZE
        for style, piece in spans(line):
            if piece.strip():
                attributes = "".join(f' {key}="{value}"' for key, value in style.items())
                print(
                    f'<text x="{PAD + column * WIDTH:.1f}" y="{y}" textLength="{len(piece) * WIDTH:.1f}" '
                    f'xml:space="preserve"{attributes}>{escape(piece)}</text>'
                )
            column += len(piece)
    print("</svg>")


main()
