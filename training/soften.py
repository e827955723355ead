"""Write what readers answer to the rows of a pack, for another reader to learn from.

python -m training.soften --pack FOLDER --out FILE --readers minilm:FILE e5:FILE …
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lab.bert import SpanBert
from training.device import Numbers, Rows
from training.distil import VOCABULARIES, reader

PLACES = 8  # the likeliest starts and ends of a row that are kept
AT_ONCE = 60_000  # tokens


class Teacher:
    """A reader in a vocabulary of its own, whose answers are given in MiniLM's tokens."""

    def __init__(self, name: str, rows: dict[str, Rows], device: torch.device) -> None:
        vocabulary, _, path = name.partition(":")
        self._rows, self._learner = rows[vocabulary], rows["minilm"]
        self._model: SpanBert = reader(self._rows, Path(path)).to(device).eval()
        self._device = device
        self._onto = [
            torch.from_numpy(np.cumsum(self._rows.stored[name], dtype=np.int64)).to(device)
            for name in ("firsts", "lasts")
            if name in self._rows.stored
        ]

    def answers(self, rows: Numbers) -> Tensor:
        """Return (2, rows, length) how likely each of MiniLM's tokens is a start and an end."""
        batch = self._rows.batch(rows)
        with torch.no_grad(), torch.autocast(self._device.type, dtype=torch.bfloat16):
            likely: Tensor = self._model(batch).softmax(2)
        if not self._onto:
            return likely
        return moved(likely, rows, self._rows, self._learner, self._onto)


def moved(likely: Tensor, rows: Numbers, own: Rows, theirs: Rows, onto: Sequence[Tensor]) -> Tensor:
    """Return likelihoods of the tokens of a vocabulary as those of MiniLM's they fall on.

    `onto` are the tokens of a passage on which those of all passages start, and on which they end.
    """
    device = likely.device
    width = int(theirs.length[rows].max())
    first, size, context, low, high, shift = (
        torch.from_numpy(column).to(device)[:, None]
        for column in (
            own.firsts(rows) + own.begins[rows],
            own.parts[rows, 5],
            own.contexts[rows] + own.begins[rows],
            theirs.firsts(rows) + theirs.begins[rows],
            theirs.firsts(rows) + theirs.begins[rows] + theirs.parts[rows, 5],
            theirs.firsts(rows),
        )
    )
    at = torch.arange(likely.shape[2], device=device)[None] - first
    found = torch.zeros(2, len(rows), width, device=device)
    for side, falls_on in enumerate(onto):
        there = falls_on[(context + at).clamp(0, len(falls_on) - 1)] + shift
        kept = (at >= 0) & (at < size) & (there >= low) & (there < high)
        found[side].scatter_add_(1, torch.where(kept, there, 0), likely[side] * kept)
        found[side, :, 0] = likely[side, :, 0]
    found[:, :, 0] += 1 - found.sum(2)  # what MiniLM's row does not hold is not here
    return found


def soften(
    rows: Rows, teachers: Sequence[Teacher]
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    """Return the likeliest places of the mean of the readers, and how likely they are.

    Both are (rows, 2, PLACES). A place is a token of the whole passage, from 1; 0 is "not here".
    """
    count = rows.watched
    places, shares = np.zeros((count, 2, PLACES), np.int16), np.zeros((count, 2, PLACES), np.uint8)
    order = np.argsort(rows.length[:count], kind="stable")
    start = 0
    while start < count:
        longest = int(rows.length[order[min(start + 1024, count - 1)]])
        part = order[start : start + max(1, AT_ONCE // longest)]
        start += len(part)
        mean = torch.stack([teacher.answers(part) for teacher in teachers]).mean(0)
        best = mean.topk(min(PLACES, mean.shape[2]), dim=2)
        likely, at = (found.permute(1, 0, 2).cpu().numpy() for found in best)
        size = at.shape[2]
        token = at - rows.firsts(part)[:, None, None] + 1
        places[part, :, :size] = np.where((at > 0) & (likely > 0), token, 0)
        shares[part, :, :size] = np.round(likely * 255)
    return places, shares


def main() -> None:
    """Write the soft answers of all rows that are trained on."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pack", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--readers", nargs="+", required=True)
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    used = {"minilm", *(name.partition(":")[0] for name in options.readers)}
    if used - {*VOCABULARIES}:
        parser.error(f"a reader is VOCABULARY:FILE, with one of {', '.join(VOCABULARIES)}")
    rows = {name: Rows(options.pack, name, device) for name in sorted(used)}
    teachers = [Teacher(name, rows, device) for name in options.readers]
    places, shares = soften(rows["minilm"], teachers)
    np.savez(options.out, places=places, shares=shares)


if __name__ == "__main__":
    main()
