"""BERT as an OpenVINO graph over its tensors, which needs neither torch nor a conversion."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from openvino import opset13 as ops

WORDS = "embeddings.word_embeddings.weight"

Array = npt.NDArray[np.float32]
Node = Any  # OpenVINO's Python API has no types
Weights = Callable[[str], Array]  # a tensor by name


@dataclass(frozen=True, slots=True)
class BertShape:
    """The dimensions of a BERT that its weights do not give."""

    layers: int
    heads: int
    width: int
    norm_epsilon: float


def shape_of(folder: Path) -> BertShape:
    """Return the dimensions that a model's config.json gives."""
    config = json.loads((folder / "config.json").read_text())
    names = "num_hidden_layers", "num_attention_heads", "hidden_size", "layer_norm_eps"
    return BertShape(*(config[name] for name in names))


def word_vectors(weights: Weights, ids: Node) -> Node:
    """Return the vectors of token ids, (batch, length, width)."""
    return ops.gather(_constant(weights, WORDS), ids, np.int64(0))


def bert_graph(
    weights: Weights, shape: BertShape, words: Node, mask: Node, segments: Node = None
) -> Node:
    """Return the last hidden states of a BERT (Devlin et al. 2019), (batch, length, width).

    `words` are the vectors of the tokens. `mask` is 1 for a token and 0 for padding. Without
    `segments` all tokens are in segment 0.
    """
    length = ops.gather(ops.shape_of(mask), np.array([1]), np.int64(0))
    table = _constant(weights, "embeddings.position_embeddings.weight")
    positions = ops.slice(table, np.array([0]), length, np.array([1]), np.array([0]))
    kinds = weights("embeddings.token_type_embeddings.weight")
    kind = ops.constant(kinds[:1])
    if segments is not None:
        kind = ops.gather(ops.constant(kinds), segments, np.int64(0))
    hidden = ops.add(ops.add(words, positions), kind)
    hidden = _normalised(weights, "embeddings.LayerNorm", hidden, shape)
    penalty = ops.multiply(ops.subtract(mask, np.float32(1)), np.float32(1e9))
    hidden_from = ops.unsqueeze(penalty, np.array([1, 2]))
    for layer in range(shape.layers):
        hidden = _layer(weights, f"encoder.layer.{layer}", hidden, hidden_from, shape)
    return hidden


def _layer(weights: Weights, name: str, hidden: Node, hidden_from: Node, shape: BertShape) -> Node:
    attended = _attention(weights, f"{name}.attention.self", hidden, hidden_from, shape.heads)
    attended = dense(weights, [f"{name}.attention.output.dense"], attended)
    attended = ops.add(hidden, attended)
    hidden = _normalised(weights, f"{name}.attention.output.LayerNorm", attended, shape)
    wide = ops.gelu(dense(weights, [f"{name}.intermediate.dense"], hidden), "erf")
    narrow = dense(weights, [f"{name}.output.dense"], wide)
    return _normalised(weights, f"{name}.output.LayerNorm", ops.add(hidden, narrow), shape)


def _attention(weights: Weights, name: str, hidden: Node, hidden_from: Node, heads: int) -> Node:
    names = [f"{name}.query", f"{name}.key", f"{name}.value"]
    joined = dense(weights, names, hidden)  # (batch, length, 3 * width)
    heads_apart = ops.reshape(joined, np.array([0, 0, 3 * heads, -1]), special_zero=True)
    by_head = ops.transpose(heads_apart, np.array([0, 2, 1, 3]))
    # (batch, 3 * heads, length, width / heads)
    query, key, value = ops.split(by_head, np.int64(1), 3).outputs()
    attended = ops.scaled_dot_product_attention(query, key, value, hidden_from)
    by_token = ops.transpose(attended, np.array([0, 2, 1, 3]))
    return ops.reshape(by_token, np.array([0, 0, -1]), special_zero=True)


def dense(weights: Weights, names: list[str], hidden: Node) -> Node:
    """Return one dense layer of the matrices and biases with these names, concatenated."""
    matrix = np.concatenate([weights(f"{name}.weight") for name in names])
    bias = np.concatenate([weights(f"{name}.bias") for name in names])
    weight = ops.constant(matrix, shared_memory=True)
    product = ops.matmul(hidden, weight, transpose_a=False, transpose_b=True)
    return ops.add(product, ops.constant(bias))


def _normalised(weights: Weights, name: str, hidden: Node, shape: BertShape) -> Node:
    centred = ops.mvn(hidden, ops.constant(np.array([-1])), True, shape.norm_epsilon, "inside_sqrt")
    return ops.add(
        ops.multiply(centred, _constant(weights, f"{name}.weight")),
        _constant(weights, f"{name}.bias"),
    )


def _constant(weights: Weights, name: str) -> Node:
    return ops.constant(weights(name), shared_memory=True)
