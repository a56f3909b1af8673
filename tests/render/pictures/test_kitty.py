"""A PNG in kitty's protocol."""

from __future__ import annotations

import re
from base64 import b64decode

from dataflow_cli.render.pictures.kitty import kitty_text


def test_kitty_gets_the_whole_file_in_chunks():
    png = bytes(range(256)) * 40  # 10,240 bytes are 13,656 characters of base64, so 4 chunks
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty_text(png))
    assert [keys for keys, _ in chunks] == ["a=T,f=100,q=2,m=1", "m=1", "m=1", "m=0"]
    assert all(len(data) <= 4096 for _, data in chunks)
    assert b64decode("".join(data for _, data in chunks)) == png
