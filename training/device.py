"""The rows of a pack on a device: batches are put together there, from flat arrays of token ids.

It needs numpy, torch and transformers only.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lab.bert import Batch

Numbers = npt.NDArray[np.int64]

KINDS = ("question", "title", "context")
MAX_TOKENS = 320
MOST = (64, 32)  # tokens of a question and of a title, the last ones
ANSWERS = 8  # of a row; further ones count as wrong
SORTED = 4096  # groups sorted by length together


class Rows:
    """The rows of a pack in the tokens of one vocabulary, "minilm" or "e5".

    `parts`, (rows, 6), are where question, title and passage start in the flat ids, and how many
    tokens of them a row has; `begins` which token of its passage is the first; `spans`, (rows,
    ANSWERS, 2), the answers in tokens of the row, -1 if there are less.
    """

    def __init__(self, folder: Path, vocabulary: str, device: torch.device) -> None:
        rows = np.load(folder / "rows.npz")
        with np.load(folder / f"{vocabulary}.npz") as stored:
            self.stored = {name: stored[name] for name in stored.files}
        self.group = rows["rows"][:, 0].astype(np.int64)
        self.source, self.sources = rows["rows"][:, 4], rows["sources"].tolist()
        self.watched = int(rows["watched"])  # the first row that is not trained on
        self.parts, self.contexts = self._parts(rows["rows"][:, 1:4])
        self.begins = self._cut()
        self.spans = self._spans()
        self.length = self.parts[:, [1, 3, 5]].sum(1) + 3
        self.answered = self.spans[:, 0, 0] > 0
        self._cls, self._sep = self.stored["ends"].tolist()
        self._device = device
        flat = np.concatenate([self.stored[f"{kind}.ids"] for kind in KINDS]).astype(np.int32)
        self._flat = torch.from_numpy(flat).to(device)
        self._parts_there = torch.from_numpy(self.parts).to(device)
        self._spans_there = torch.from_numpy(self.spans).to(device)

    def _parts(self, places: npt.NDArray[np.int32]) -> tuple[Numbers, Numbers]:
        """Return the parts of all rows, and where their passages start among all passages."""
        columns, base = [], 0
        for number, kind in enumerate(KINDS):
            starts = self.stored[f"{kind}.starts"]
            chosen = places[:, number]
            length = starts[chosen + 1] - starts[chosen]
            cut = np.maximum(length - (MOST[number] if number < len(MOST) else 1 << 30), 0)
            columns += [base + starts[chosen] + cut, length - cut]
            base += int(starts[-1])
        return np.stack(columns, axis=1), self.stored["context.starts"][places[:, 2]]

    def _cut(self) -> Numbers:
        """Cut long passages around their first answer, in place; return where they begin."""
        first, last = np.full((2, len(self.parts)), -1)
        row, start, end = self.stored["spans"].T[:, ::-1].astype(np.int64)
        first[row], last[row] = start, end
        room = MAX_TOKENS - 3 - self.parts[:, 1] - self.parts[:, 3]
        over = np.maximum(self.parts[:, 5] - room, 0)
        low = np.where(first < 0, 0, np.clip(last + 1 - room, 0, over))
        high = np.where(first < 0, over, np.minimum(first, over))
        chance = np.random.default_rng(7).random(len(over))
        begins: Numbers = low + np.round(chance * np.maximum(high - low, 0)).astype(np.int64)
        self.parts[:, 4] += begins
        self.parts[:, 5] -= over
        return begins

    def _spans(self) -> Numbers:
        """Return the answers of each row that are within what is left of its passage."""
        found = np.full((len(self.parts), ANSWERS, 2), -1)
        row, start, end = self.stored["spans"].T.astype(np.int64)
        inside = (start >= self.begins[row]) & (end < self.begins[row] + self.parts[row, 5])
        row, moved = row[inside], (np.stack([start, end], 1) + self.firsts(row)[:, None])[inside]
        nth = np.arange(len(row)) - np.searchsorted(row, row)  # the rows are in order
        found[row[nth < ANSWERS], nth[nth < ANSWERS]] = moved[nth < ANSWERS]
        return found

    def firsts(self, rows: Numbers) -> Numbers:
        """Return where the first token of the whole passage would be in these rows."""
        first: Numbers = 2 + self.parts[rows, 1] + self.parts[rows, 3] - self.begins[rows]
        return first

    def batch(self, rows: Numbers, rivals: Sequence[tuple[int, int]] = ()) -> Batch:
        """Return these rows as a batch."""
        there = torch.from_numpy(rows).to(self._device)
        q, asked, t, titled, c, size = self._parts_there[there][:, :, None].unbind(1)
        at = torch.arange(int(self.length[rows].max()), device=self._device)[None]
        passage = asked + 2
        first = passage + titled
        last = first + size
        place = torch.where(at < passage, q + at - 1, t + at - passage)
        place = torch.where(at >= first, c + at - first, place)
        ids = self._flat[place.clamp(0, len(self._flat) - 1)].long()
        ids = torch.where((at == asked + 1) | (at == last), self._sep, ids)
        ids = torch.where(at == 0, self._cls, ids * (at <= last))
        segments = (at >= passage) & (at <= last)
        allowed = ((at >= first) & (at < last)) | (at == 0)
        spans = self._spans_there[there]
        spans[:, 0] = torch.where(spans[:, 0] < 0, 0, spans[:, 0])  # without an answer
        gold = torch.zeros(2, *ids.shape, device=self._device)
        kept = (spans >= 0).float()
        for side in (0, 1):
            gold[side].scatter_reduce_(1, spans[:, :, side].clamp(min=0), kept[:, :, side], "amax")
        pairs = torch.tensor(list(rivals), dtype=torch.long, device=self._device).reshape(-1, 2)
        return Batch(ids, (at <= last).long(), segments.long(), allowed, gold[0], gold[1], pairs)

    def epoch(
        self, tokens: int, chance: random.Random
    ) -> Iterator[tuple[Numbers, list[tuple[int, int]]]]:
        """Yield the rows of batches of groups of similar length, and their rivals."""
        starts = np.flatnonzero(np.diff(self.group[: self.watched], prepend=-1))
        ends = np.append(starts[1:], self.watched)
        widths = np.maximum.reduceat(self.length[: self.watched], starts)
        order = np.array(chance.sample(range(len(starts)), len(starts)))
        for place in range(0, len(order), SORTED):
            chunk = order[place : place + SORTED]
            chunk = chunk[np.argsort(-widths[chunk], kind="stable")]
            batches: list[list[int]] = []
            rows = width = 0
            for group in chunk.tolist():
                size = int(ends[group] - starts[group])
                if not batches or (rows + size) * width > tokens:
                    batches.append([])
                    rows, width = 0, int(widths[group])
                batches[-1].append(group)
                rows += size
            chance.shuffle(batches)
            for batch in batches:
                yield self._joined(batch, starts, ends)

    def _joined(
        self, groups: Sequence[int], starts: Numbers, ends: Numbers
    ) -> tuple[Numbers, list[tuple[int, int]]]:
        rows, rivals, at = [], list[tuple[int, int]](), 0
        for group in groups:
            size = int(ends[group] - starts[group])
            rows.append(np.arange(starts[group], ends[group]))
            if self.answered[starts[group]]:
                rivals += [(at, at + place) for place in range(1, size)]
            at += size
        return np.concatenate(rows), rivals


def eight_bits(
    tensors: Mapping[str, npt.NDArray[np.float32]],
) -> dict[str, npt.NDArray[np.generic]]:
    """Return matrices as whole numbers with a scale for each row, and vectors as they are."""
    found: dict[str, npt.NDArray[np.generic]] = {}
    for name, tensor in tensors.items():
        if tensor.ndim < 2:
            found[name] = tensor.astype(np.float16)
            continue
        scale = np.abs(tensor).max(axis=1, keepdims=True) / 127 + 1e-12
        found[name], found[f"{name}.scale"] = np.round(tensor / scale).astype(np.int8), scale
    return found


def as_floats(stored: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, Tensor]:
    """Return the tensors that `eight_bits` packed."""
    return {
        name: torch.from_numpy(
            np.float32(tensor) * np.float32(stored.get(f"{name}.scale", np.ones(1)))
        )
        for name, tensor in stored.items()
        if not name.endswith(".scale")
    }
