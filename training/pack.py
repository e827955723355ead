"""Write the rows of a run as token ids, for a machine with a graphics card and nothing but torch.

    python -m training.pack --data FOLDER --mined FOLDER --out FOLDER [settings of training.train]

`--mined` is the folder of an earlier run, or an empty one. `rows.npz` holds which question, title
and passage a row has; `minilm.npz` and `e5.npz` hold those as ids of the two tokenizers, with the
word vectors of the tokens that occur. `e5.npz` also holds the packed multilingual-e5-small, and
which token of MiniLM each of its own falls on, so that one reader can learn from the other.
"""

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from lab.examples import Example
from rag.models import WORDS, FourBitBert, load_tokenizer, multilingual_model, packaged_model
from rag.read.spans import CLS, SEP
from training import rules, written
from training.device import KINDS, eight_bits
from training.plan import Settings
from training.train import add_settings, planned

Numbers = npt.NDArray[np.int64]
SPACES = np.array([ord(c) for c in " \t\n\r\u00a0"])
AT_ONCE = 5000  # texts
RULES = 300  # held-out questions with their near misses


class Numbered(dict[str, int]):
    """The place of each text, in the order of their first use."""

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]


def main() -> None:
    """Write the rows of all groups of the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "mined", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    add_settings(parser)
    arguments = parser.parse_args()
    settings = Settings(**{name: getattr(arguments, name) for name in asdict(Settings())})
    plan, watched = planned(arguments.data, arguments.mined, settings)
    groups = (group for _, chunk in plan.asked(0) for group in chunk)
    pack(groups, [*watched, *held_out_ones()], arguments.out)


def held_out_ones() -> Iterator[Example]:
    """Yield questions about documents and rules that training does not see."""
    for documents in written.families(held_out=True):
        for example, misses in (asked for document in documents for asked in document.asked):
            yield example
            yield from (replace(example, question=miss, spans=()) for miss in misses)
    for group in rules.groups(RULES, (), random.Random(7), held_out=True):
        yield from group


def pack(groups: Iterable[Sequence[Example]], watched: Iterable[Example], out: Path) -> None:
    """Write rows and both vocabularies to a folder; the questions to watch come last."""
    texts = {kind: Numbered() for kind in KINDS}
    sources = Numbered()
    rows: list[list[int]] = []
    spans: list[tuple[int, int, int]] = []
    first_watched = 0
    for number, (group, is_trained) in enumerate(
        chain(((group, True) for group in groups), (([example], False) for example in watched))
    ):
        for example in group:
            spans += [(len(rows), start, end) for start, end in example.spans]
            named = example.question, example.title, example.context
            places = [texts[kind][text] for kind, text in zip(KINDS, named, strict=True)]
            rows.append([number, *places, sources[example.source]])
        first_watched = len(rows) if is_trained else first_watched
    out.mkdir(parents=True, exist_ok=True)
    np.savez(
        out / "rows.npz",
        rows=np.array(rows, np.int32),
        sources=np.array(list(sources)),
        watched=first_watched,
    )
    listed = {kind: list(found) for kind, found in texts.items()}
    answers = np.array(spans, np.int64).reshape(-1, 3)
    context_of = np.array(rows)[answers[:, 0], 3]
    english = load_tokenizer(packaged_model())
    minilm, edges = tokenised(english, listed, answers, context_of, (CLS, SEP))
    stored = load_file(packaged_model() / "model.safetensors")
    minilm |= {f"bert.{name}": part for name, part in eight_bits(
        {WORDS: stored[WORDS][minilm["tokens"]]}).items()}  # fmt: skip
    np.savez(out / "minilm.npz", **minilm)
    print(f"{len(rows):,} rows, {len(minilm['context.ids']):,} tokens of passages", flush=True)
    other = FourBitBert(multilingual_model())
    e5, own = tokenised(other.tokenizer(), listed, answers, context_of, (0, 2))
    firsts, lasts = onto(own, edges)
    e5 |= {"firsts": firsts, "lasts": lasts}
    e5 |= {f"bert.{name}": part for name, part in eight_bits(
        {name: other.tensor(name)[e5["tokens"]] if name == WORDS else other.tensor(name)
         for name in other.names()}).items()}  # fmt: skip
    np.savez(out / "e5.npz", **e5)


def tokenised(
    tokenizer: Tokenizer,
    texts: dict[str, list[str]],
    answers: Numbers,
    context_of: Numbers,
    ends: tuple[int, int],
) -> tuple[dict[str, npt.NDArray[np.generic]], list[Numbers]]:
    """Return the texts as ids of the tokens that occur, and the edges of those of each passage.

    `answers` are (row, start, end) in characters of the passage `context_of` each. The result has
    them in tokens. `ends` are the ids of the first token of a row and of that between its parts.
    """
    found: dict[str, npt.NDArray[np.generic]] = {}
    edges: list[Numbers] = []
    for kind, listed in texts.items():
        ids: list[int] = []
        starts = [0]
        for place in range(0, len(listed), AT_ONCE):
            for one in tokenizer.encode_batch(
                listed[place : place + AT_ONCE], add_special_tokens=False
            ):
                ids += one.ids
                starts.append(len(ids))
                if kind == "context":
                    edges.append(_edges(one.offsets, listed[len(edges)]))
        found[f"{kind}.ids"] = np.array(ids, np.int32)
        found[f"{kind}.starts"] = np.array(starts, np.int64)
    every = np.concatenate([np.array(ends), *(found[f"{kind}.ids"] for kind in texts)])
    tokens, short = np.unique(every, return_inverse=True)
    found["tokens"], found["ends"] = tokens, short[:2].astype(np.int32)
    at = 2
    for kind in texts:
        size = len(found[f"{kind}.ids"])
        found[f"{kind}.ids"] = short[at : at + size].astype(np.uint16)
        at += size
    found["spans"] = np.array(
        [
            (row, *_tokens_of(edges[context], start, end))
            for (row, start, end), context in zip(answers, context_of, strict=True)
        ],
        np.int32,
    ).reshape(-1, 3)
    return found, edges


def _edges(offsets: Sequence[tuple[int, int]], text: str) -> Numbers:
    """Return (tokens, 2) where the tokens start and end, without the space before them."""
    edges = np.array(offsets, np.int64).reshape(-1, 2)
    letters = np.array([*map(ord, text), 0])
    edges[:, 0] += np.isin(letters[np.minimum(edges[:, 0], len(text))], SPACES)
    return edges


def _tokens_of(edges: Numbers, start: int, end: int) -> tuple[int, int]:
    """Return the first and the last token that a span of characters touches."""
    first = int(np.searchsorted(edges[:, 1], start, "right"))
    last = int(np.searchsorted(edges[:, 0], end, "left")) - 1
    return first, max(first, last)


def onto(own: Sequence[Numbers], others: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
    """Return for the tokens of all passages on which of another tokenizer they start and end."""
    firsts, lasts = [], []
    for mine, theirs in zip(own, others, strict=True):
        most = max(len(theirs) - 1, 0)
        firsts.append(np.searchsorted(theirs[:, 1], mine[:, 0], "right").clip(0, most))
        lasts.append((np.searchsorted(theirs[:, 0], mine[:, 1], "left") - 1).clip(0, most))
    return np.concatenate(firsts).astype(np.uint16), np.concatenate(lasts).astype(np.uint16)


if __name__ == "__main__":
    main()
