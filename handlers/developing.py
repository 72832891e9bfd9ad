"""What the server and its process for pictures (`handlers.darkroom`) say to each other: apart, because the server needs none of the decoders.

A frame is two lengths (four bytes each, the highest first), then so many bytes of JSON and so many of a picture.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

LENGTHS: Final = struct.Struct(">II")
TAKE_A_PHOTO: Final = "请直接拍照，或者截图后从相册里选。"
CANNOT_OPEN: Final = "这张照片打不开，可能没有传完或者已经损坏。请重新拍一张再传。"


def frame(about: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame."""
    told = json.dumps(about).encode()
    return LENGTHS.pack(len(told), len(body)) + told + body
