"""A BERT on a graphics card, where there is one and it has enough to do.

A process starts on its processor, since torch takes seconds to load. A model that has run `ENOUGH`
tokens is copied to the card in the background; until it is there, and if the card fails, the
processor goes on. Who wants none sets CUDA_VISIBLE_DEVICES to nothing, as for all of torch.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from shutil import which
from typing import TYPE_CHECKING

import numpy as np

from rag.models.bert import WORDS, Array, BertShape, Weights
from rag.models.rows import Rows, of_equal_length, padded, segments

if TYPE_CHECKING:
    import torch

Run = Callable[[Rows, Sequence[int] | None], list[Array]]

ENOUGH = 2**17  # tokens that a processor of two cores reads in about 5 seconds
BATCH_TOKENS = 2**14  # padded tokens in a batch
MOVING = threading.Lock()  # one model at a time
LOG = logging.getLogger(__name__)


def card_device() -> str:
    """Return the name of the card as torch has it, "" if there is none that it can use."""
    if which("nvidia-smi") is None:
        return ""
    import torch

    return "cuda" if torch.cuda.is_available() else ""


class Card:
    """A model that may be on the card: `load` makes it there, on the device that it is given."""

    def __init__(self, load: Callable[[str], Run]) -> None:
        self._load = load
        self._tokens = 0
        self._lock = threading.Lock()
        self._run: Run | None = None

    def run(self, rows: Rows, second_starts: Sequence[int] | None) -> list[Array] | None:
        """Return the output for each row of token ids, None as long as the processor runs them."""
        with self._lock:
            before, self._tokens = self._tokens, self._tokens + sum(map(len, rows))
            is_enough, run = before < ENOUGH <= self._tokens, self._run
        if is_enough:
            threading.Thread(target=self._move, name="to the graphics card").start()
        if run is None:
            return None
        try:
            return run(rows, second_starts)
        except RuntimeError as error:  # most often, its memory is full
            self._run = None
            LOG.warning("the graphics card failed, the processor goes on: %s", error)
            return None

    def _move(self) -> None:
        try:
            with MOVING:
                name = card_device()
                if name and threading.main_thread().is_alive():  # else the process is at its end
                    self._run = self._load(name)
        except Exception as error:  # noqa: BLE001  nobody waits for this thread
            LOG.warning("no model can be moved to the graphics card: %s", error)


class CardModel:
    """A BERT in half precision on a device of torch; safe to call from several threads.

    Its output are unit rows of the mean token vector, (width,), or with `head`, the name of a dense
    layer, that layer's scores of each token, (length, scores).
    """

    def __init__(self, weights: Weights, shape: BertShape, head: str, name: str) -> None:
        import torch
        from transformers import BertConfig, BertModel

        config = BertConfig(
            vocab_size=len(weights(WORDS)),
            hidden_size=shape.width,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=len(weights("encoder.layer.0.intermediate.dense.weight")),
            max_position_embeddings=len(weights("embeddings.position_embeddings.weight")),
            type_vocab_size=len(weights("embeddings.token_type_embeddings.weight")),
            layer_norm_eps=shape.norm_epsilon,
        )

        def tensor(of: str) -> torch.Tensor:
            return torch.from_numpy(np.array(weights(of), np.float16)).to(name)

        bert = BertModel(config, add_pooling_layer=False).half().to(name).eval()
        bert.load_state_dict({of: tensor(of) for of in bert.state_dict()})
        self._bert, self._device = bert, name
        self._head = (tensor(f"{head}.weight"), tensor(f"{head}.bias")) if head else None

    def __call__(self, rows: Rows, second_starts: Sequence[int] | None = None) -> list[Array]:
        """Return the output for each row of token ids."""
        import torch

        outputs: dict[int, Array] = {}
        for group in of_equal_length(rows, BATCH_TOKENS):
            ids, mask = padded([rows[n] for n in group])
            starts = [second_starts[n] if second_starts else len(rows[n]) for n in group]
            inputs = map(torch.from_numpy, (ids, mask > 0, segments(mask, starts)))
            with torch.inference_mode():
                found = self._output(*(one.to(self._device) for one in inputs))
                outputs.update(zip(group, found.float().cpu().numpy(), strict=True))
        return [outputs[n] for n in range(len(rows))]

    def _output(
        self, ids: "torch.Tensor", mask: "torch.Tensor", kinds: "torch.Tensor"
    ) -> "torch.Tensor":
        from torch.nn import functional

        hidden = self._bert(ids, mask, kinds).last_hidden_state
        if self._head is not None:
            return functional.linear(hidden, *self._head)
        return functional.normalize((hidden.float() * mask[:, :, None]).sum(1), dim=1)
