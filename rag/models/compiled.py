"""Models compiled by OpenVINO, which picks the best precision for this CPU."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino
from openvino import opset13 as ops
from safetensors import SafetensorError
from tokenizers import Encoding

from rag.errors import EncoderError
from rag.models.bert import WORDS, Array, Node, bert_graph, dense, shape_of, word_vectors
from rag.models.multilingual import FourBitBert
from rag.models.tensors import tensors
from rag.models.together import Together
from rag.models.weights import reader_weights

# Padded tokens in a batch. These fill a core; more would leave another one idle, and pad more.
BATCH_TOKENS = 128
LENGTHS = 16  # batches are padded to a multiple of it: every new shape costs compilation and memory


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


def of_equal_length(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Group the positions of rows by padded length, longest first, each of one batch.

    So no row is padded for another, and its output does not depend on what it is run with.
    """
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(rows):
        by_length.setdefault(_padded_length(row), []).append(position)
    groups = []
    for length in sorted(by_length, reverse=True):
        size = max(1, BATCH_TOKENS // length)
        members = by_length[length]
        groups += [members[start : start + size] for start in range(0, len(members), size)]
    return groups


class CompiledEncoder:
    """A BERT that returns the normalised mean of its token vectors.

    It is that of a folder, or the multilingual one. Safe to call from several threads.
    """

    def __init__(self, model: Path | FourBitBert) -> None:
        ids, mask = _inputs()[:2]
        if isinstance(model, FourBitBert):
            shape = model.shape
            hidden = bert_graph(model.tensor, shape, model.word_vectors(ids), mask)
        else:
            shape, weights = shape_of(model), tensors(model / "model.safetensors")
            hidden = bert_graph(weights, shape, word_vectors(weights, ids), mask)
        self.dimension = shape.width
        self._model = CompiledModel(_mean_pooled(hidden, mask), [ids, mask])

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

            ids, mask, segments = _inputs()
            embedded = word_vectors(tensor, ids)
            hidden = bert_graph(tensor, shape_of(packaged), embedded, mask, segments)
            output = dense(tensor, ["head"], hidden)
        except (SafetensorError, KeyError, OSError) as error:
            raise EncoderError(
                f"The reader's weights {weights} cannot be read: {error}. Install the program again"
            ) from error
        self._model = CompiledModel(output, [ids, mask, segments])
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
    all on a busy machine.
    """

    def __init__(self, output: Node, inputs: list[Node]) -> None:
        model = openvino.Model([output], inputs, "bert")
        self._compiled = openvino.Core().compile_model(
            model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"}
        )
        self._local = threading.local()

    def __call__(
        self, rows: Sequence[Sequence[int]], second_starts: Sequence[int] | None = None
    ) -> list[Array]:
        """Return the output for each row of token ids, padded to the length of its batch."""
        if not hasattr(self._local, "queue"):
            self._local.queue = openvino.AsyncInferQueue(self._compiled)
            self._local.queue.set_callback(_keep)
        outputs: dict[int, Array] = {}
        for group in of_equal_length(rows):
            ids, mask = padded([rows[n] for n in group])
            arrays = [ids, mask]
            if second_starts is not None:
                starts = np.array([second_starts[n] for n in group])[:, None]
                arrays.append((np.arange(ids.shape[1]) >= starts) * mask.astype(np.int64))
            self._local.queue.start_async(arrays, (outputs, group))
        self._local.queue.wait_all()
        return [outputs[n] for n in range(len(rows))]


def _keep(request: Node, place: tuple[dict[int, Array], list[int]]) -> None:
    outputs, group = place
    outputs.update(zip(group, np.array(request.get_output_tensor().data), strict=True))


def padded(rows: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int64], Array]:
    """Return token ids padded with zeros, (rows, length), and a mask that is 1 for tokens."""
    longest = max(map(_padded_length, rows))
    ids = np.zeros((len(rows), longest), np.int64)
    mask = np.zeros((len(rows), longest), np.float32)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def _padded_length(row: Sequence[int]) -> int:
    return -(-len(row) // LENGTHS) * LENGTHS


def _inputs() -> list[Node]:
    ids = ops.parameter([-1, -1], np.int64, name="ids")
    mask = ops.parameter([-1, -1], np.float32, name="mask")
    return [ids, mask, ops.parameter([-1, -1], np.int64, name="segments")]


def _mean_pooled(hidden: Node, mask: Node) -> Node:
    """Return (batch, width) unit rows: the mean token vector of each text, without padding."""
    column = ops.unsqueeze(mask, np.int64(-1))
    total = ops.reduce_sum(ops.multiply(hidden, column), np.array([1]), keep_dims=False)
    return ops.normalize_l2(total, np.array([1]), eps=1e-12, eps_mode="max")
