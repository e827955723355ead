"""Models compiled by OpenVINO, which picks the best precision for this CPU."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import openvino
from openvino import opset13 as ops
from safetensors import SafetensorError
from tokenizers import Encoding

from rag.errors import EncoderError
from rag.models.bert import WORDS, Array, Node, Weights, bert_graph, dense, shape_of, word_vectors
from rag.models.card import Card, CardModel
from rag.models.multilingual import FourBitBert
from rag.models.rows import Rows, of_equal_length, padded, segments
from rag.models.tensors import tensors
from rag.models.together import Together
from rag.models.weights import reader_weights

# Padded tokens in a batch. These fill a core; more would leave another one idle, and pad more.
BATCH_TOKENS = 128


class CompiledEncoder:
    """A BERT that returns the normalised mean of its token vectors.

    It is that of a folder, or the multilingual one. Safe to call from several threads.
    """

    def __init__(self, model: Path | FourBitBert) -> None:
        ids, mask = _inputs()[:2]
        if isinstance(model, FourBitBert):
            shape, words = model.shape, model.word_vectors(ids)
            weights: Weights = model.tensor
        else:
            shape, weights = shape_of(model), tensors(model / "model.safetensors")
            words = word_vectors(weights, ids)
        output = _mean_pooled(bert_graph(weights, shape, words, mask), mask)
        self.dimension = shape.width
        self._model = CompiledModel(output, [ids, mask], partial(CardModel, weights, shape, ""))

    def __call__(self, texts: Sequence[Encoding]) -> Array:
        """Return (len(texts), dimension) unit rows for tokenized texts."""
        vectors = self._model([encoding.ids for encoding in texts])
        return np.array(vectors, np.float32).reshape(-1, self.dimension)


class CompiledReader:
    """A BERT with a start and an end score for every token; safe to call from several threads.

    `packaged` is the folder of the encoder, which shares its word embeddings with the reader;
    `weights` is the file with the reader's other tensors. Raises EncoderError if it is damaged.
    """

    def __init__(self, packaged: Path, weights: Path | None = None) -> None:
        weights = weights or reader_weights()
        try:
            words, trained = tensors(packaged / "model.safetensors"), tensors(weights)

            def tensor(name: str) -> Array:
                return np.asarray((words if name == WORDS else trained)(name), np.float32)

            ids, mask, kinds = _inputs()
            shape = shape_of(packaged)
            hidden = bert_graph(tensor, shape, word_vectors(tensor, ids), mask, kinds)
            output = dense(tensor, ["head"], hidden)
        except (SafetensorError, KeyError, OSError) as error:
            raise EncoderError(
                f"The reader's weights {weights} cannot be read: {error}. Install the program again"
            ) from error
        on_card = partial(CardModel, tensor, shape, "head")
        self._model = CompiledModel(output, [ids, mask, kinds], on_card)
        self._together = Together(self._read)

    def __call__(self, rows: Sequence[Sequence[int]], second_starts: Sequence[int]) -> list[Array]:
        """Return (len(row), 2) scores for each row of token ids.

        `second_starts` are the positions where the second segments start. Rows of several threads
        are read together.
        """
        return self._together(list(zip(rows, second_starts, strict=True)))

    def _read(self, rows: list[tuple[Sequence[int], int]]) -> list[Array]:
        outputs = self._model([row for row, _ in rows], [start for _, start in rows])
        return [scores[: len(row)] for (row, _), scores in zip(rows, outputs, strict=True)]


class CompiledModel:
    """A graph compiled for this CPU. It runs batches of similar length in parallel, one a core.

    This is faster than all cores on one batch, where they wait for each other at every step, above
    all on a busy machine. What `on_card` makes goes on where there is a graphics card.
    """

    def __init__(
        self, output: Node, inputs: list[Node], on_card: Callable[[str], CardModel]
    ) -> None:
        model = openvino.Model([output], inputs, "bert")
        self._compiled = openvino.Core().compile_model(
            model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"}
        )
        self._local = threading.local()
        self._card = Card(on_card)

    def __call__(self, rows: Rows, second_starts: Sequence[int] | None = None) -> list[Array]:
        """Return the output for each row of token ids, padded to the length of its batch."""
        if (found := self._card.run(rows, second_starts)) is not None:
            return found
        if not hasattr(self._local, "queue"):
            self._local.queue = openvino.AsyncInferQueue(self._compiled)
            self._local.queue.set_callback(_keep)
        outputs: dict[int, Array] = {}
        for group in of_equal_length(rows, BATCH_TOKENS):
            ids, mask = padded([rows[n] for n in group])
            arrays = [ids, mask]
            if second_starts is not None:
                arrays.append(segments(mask, [second_starts[n] for n in group]))
            self._local.queue.start_async(arrays, (outputs, group))
        self._local.queue.wait_all()
        return [outputs[n] for n in range(len(rows))]


def _keep(request: Node, place: tuple[dict[int, Array], list[int]]) -> None:
    outputs, group = place
    outputs.update(zip(group, np.array(request.get_output_tensor().data), strict=True))


def _inputs() -> list[Node]:
    ids = ops.parameter([-1, -1], np.int64, name="ids")
    mask = ops.parameter([-1, -1], np.float32, name="mask")
    return [ids, mask, ops.parameter([-1, -1], np.int64, name="segments")]


def _mean_pooled(hidden: Node, mask: Node) -> Node:
    """Return (batch, width) unit rows: the mean token vector of each text, without padding."""
    column = ops.unsqueeze(mask, np.int64(-1))
    total = ops.reduce_sum(ops.multiply(hidden, column), np.array([1]), keep_dims=False)
    return ops.normalize_l2(total, np.array([1]), eps=1e-12, eps_mode="max")
