"""Examples as rows of tokens, and rows as batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from lab.bert import Batch
from lab.examples import Example
from rag.models import load_tokenizer, packaged_model
from rag.read.spans import CLS, HEADING_TOKENS, QUESTION_TOKENS, SEP
from training.device import MAX_TOKENS


@dataclass(frozen=True, slots=True)
class Row:
    """A tokenised example; `passage` is where the passage begins, `first` where answers may."""

    ids: list[int]
    passage: int
    first: int
    spans: tuple[tuple[int, int], ...]


class Tokens:
    """Turns examples into rows of token ids."""

    def __init__(self) -> None:
        self._tokenizer: Tokenizer = load_tokenizer(packaged_model())

    def rows(self, examples: Sequence[Example], offsets: Sequence[float]) -> list[Row]:
        """Return a row for each example; a long passage is cut around its answer (offset 0…1)."""
        questions = self._encode([example.question for example in examples])
        titles = self._encode([example.title for example in examples])
        contexts = self._encode([example.context for example in examples])
        return [
            _row(example, question, title.ids[-HEADING_TOKENS:], context, offset)
            for example, question, title, context, offset in zip(
                examples, questions, titles, contexts, offsets, strict=True
            )
        ]

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        found: list[Encoding] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return found


def _row(
    example: Example, question: Encoding, title: list[int], context: Encoding, offset: float
) -> Row:
    head = [CLS, *question.ids[-QUESTION_TOKENS:], SEP]
    room = MAX_TOKENS - len(head) - len(title) - 1
    spans = [_token_span(context, span) for span in example.spans]
    begin = 0
    if len(context.ids) > room:
        low, high = 0, len(context.ids) - room
        if spans:
            start, end = spans[0]
            low, high = max(0, min(end + 1 - room, high)), min(start, high)
        begin = low + round(offset * max(0, high - low))
    ids = context.ids[begin : begin + room]
    first = len(head) + len(title)
    inside = tuple(
        (s - begin + first, e - begin + first)
        for s, e in spans
        if s >= begin and e < begin + len(ids)
    )
    return Row([*head, *title, *ids, SEP], len(head), first, inside)


def _token_span(context: Encoding, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    tokens = [n for n, (left, right) in enumerate(context.offsets) if right > start and left < end]
    return (tokens[0], tokens[-1]) if tokens else (0, 0)


def padded(groups: Sequence[Sequence[Row]]) -> Batch:
    """Return a batch; the gold of a row without an answer is the first token."""
    rows = [row for group in groups for row in group]
    length = max(len(row.ids) for row in rows)
    shape = len(rows), length
    ids, mask, segments = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    allowed = torch.zeros(shape, dtype=torch.bool)
    starts, ends = torch.zeros(shape), torch.zeros(shape)
    allowed[:, 0] = True
    for number, row in enumerate(rows):
        size = len(row.ids)
        ids[number, :size] = torch.tensor(row.ids)
        mask[number, :size] = 1
        segments[number, row.passage : size] = 1
        allowed[number, row.first : size - 1] = True
        for start, end in row.spans or ((0, 0),):
            starts[number, start] = 1
            ends[number, end] = 1
    return Batch(ids, mask, segments, allowed, starts, ends, _rivals(groups))


def _rivals(groups: Sequence[Sequence[Row]]) -> Tensor:
    pairs, first = [], 0
    for group in groups:
        pairs += [(first, first + place) for place in range(1, len(group)) if group[0].spans]
        first += len(group)
    return torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)
