"""The tensors of a safetensors file where they are: nothing is read until it is used.

The library copies each tensor, which takes a quarter of the time of a start. It still checks that
the file is whole.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

KINDS = {"F32": np.float32, "F16": np.float16}
LENGTH = 8  # bytes at the start of a file: the length of its header

Tensors = Callable[[str], npt.NDArray[Any]]


def tensors(path: Path) -> Tensors:
    """Return what gives each tensor of a file by its name, or raises KeyError.

    Raises OSError or SafetensorError if the file is missing or damaged.
    """
    with safe_open(path, "np"):
        # OpenVINO asks for writeable memory: nothing is written, and never to the file
        data = np.memmap(path, np.uint8, "c")
    start = LENGTH + int.from_bytes(data[:LENGTH].tobytes(), "little")
    header = json.loads(data[LENGTH:start].tobytes())

    def tensor(name: str) -> npt.NDArray[Any]:
        first, last = header[name]["data_offsets"]
        part = data[start + first : start + last].view(KINDS[header[name]["dtype"]])
        return part.reshape(header[name]["shape"])

    return tensor
