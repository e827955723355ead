"""Rows of token ids in batches: each of rows of about one length."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.models.bert import Array

LENGTHS = 16  # batches are padded to a multiple of it: every new shape costs compilation and memory

Ids = npt.NDArray[np.int64]
Rows = Sequence[Sequence[int]]


def batches(lengths: Sequence[int], padded_tokens: int) -> list[list[int]]:
    """Group positions by length, longest first, each of about `padded_tokens` or one text."""
    groups: list[list[int]] = []
    width = 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if not groups or (len(groups[-1]) + 1) * width > padded_tokens:
            groups.append([])
            width = lengths[row] + 2
        groups[-1].append(row)
    return groups


def of_equal_length(rows: Rows, padded_tokens: int) -> list[list[int]]:
    """Group the positions of rows by padded length, longest first, each of one batch.

    So no row is padded for another. On a processor, its output does not depend on what it is run
    with.
    """
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(rows):
        by_length.setdefault(_padded_length(row), []).append(position)
    groups = []
    for length in sorted(by_length, reverse=True):
        size = max(1, padded_tokens // length)
        members = by_length[length]
        groups += [members[start : start + size] for start in range(0, len(members), size)]
    return groups


def padded(rows: Rows) -> tuple[Ids, Array]:
    """Return token ids padded with zeros, (rows, length), and a mask that is 1 for tokens."""
    longest = max(map(_padded_length, rows))
    ids = np.zeros((len(rows), longest), np.int64)
    mask = np.zeros((len(rows), longest), np.float32)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def segments(mask: Array, second_starts: Sequence[int]) -> Ids:
    """Return for each token of padded rows, (rows, length), 1 in the second segment, else 0."""
    is_second = np.arange(mask.shape[1]) >= np.array(second_starts)[:, None]
    return (is_second & (mask > 0)).astype(np.int64)


def _padded_length(row: Sequence[int]) -> int:
    return -(-len(row) // LENGTHS) * LENGTHS
