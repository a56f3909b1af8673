r"""A PNG in kitty's graphics protocol, which Ghostty, Konsole and WezTerm understand too.

The file goes as base64 in chunks of at most 4096 characters: `ESC _ G a=T,f=100,q=2,m=1 ; chunk ESC \`. a=T draws it
at the cursor, f=100 is PNG, q=2 wants no answer, m=1 says that more follows
(https://sw.kovidgoyal.net/kitty/graphics-protocol/).
"""

from __future__ import annotations

from base64 import b64encode

CHUNK = 4096


def kitty_text(png: bytes) -> str:
    """The escape sequences that show a picture at the cursor."""
    data = b64encode(png).decode("ascii")
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    parts = []
    for index, chunk in enumerate(chunks):
        more = int(index < len(chunks) - 1)
        keys = f"a=T,f=100,q=2,m={more}" if index == 0 else f"m={more}"
        parts.append(f"\x1b_G{keys};{chunk}\x1b\\")
    return "".join(parts) + "\n"
