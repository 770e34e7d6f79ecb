"""Which bits of some bytes matter to a function of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from changer.errors import MalformedData


def felt_bits(data: bytes, function: Callable[[bytes], object]) -> str:
    """Of each byte the bits that change the result when one is flipped: ``0:1f 8-35:ff``."""
    before = _result(data, function)
    masks = []
    for at in range(len(data)):
        mask = 0
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            mask |= (_result(bytes(changed), function) != before) << bit
        masks.append(mask)
    runs = []
    for mask, run in groupby(range(len(data)), masks.__getitem__):
        first, *others = run
        if mask:
            runs.append(f"{first}{f'-{others[-1]}' if others else ''}:{mask:02x}")
    return " ".join(runs)


def _result(data: bytes, function: Callable[[bytes], object]) -> object:
    try:
        return function(data)
    except MalformedData as error:
        return str(error)
