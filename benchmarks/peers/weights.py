"""The reader's weights in the form that other programs load: a BERT for question answering."""

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from rag.models import WORDS, packaged_model, reader_weights

HEAD = {"head.weight": "qa_outputs.weight", "head.bias": "qa_outputs.bias"}
TOKENIZER = ("tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def export_reader(folder: Path) -> Path:
    """Write weights, configuration and tokenizer of the reader to a folder and return it."""
    packaged = packaged_model()
    folder.mkdir(parents=True, exist_ok=True)
    with (
        safe_open(reader_weights(), "np") as trained,
        safe_open(packaged / "model.safetensors", "np") as encoder,
    ):
        names = list(trained.keys())
        tensors = {HEAD.get(name, f"bert.{name}"): trained.get_tensor(name) for name in names}
        tensors[f"bert.{WORDS}"] = encoder.get_tensor(WORDS)
    whole = {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}
    save_file(whole, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((packaged / "config.json").read_text(encoding="utf-8"))
    _write(
        folder / "config.json",
        {**config, "architectures": ["BertForQuestionAnswering"], "num_labels": 2},
    )
    tokenizer = json.loads((packaged / "tokenizer.json").read_text(encoding="utf-8"))
    _write(folder / "tokenizer.json", {**tokenizer, "padding": None, "truncation": None})
    for name in TOKENIZER:
        if (packaged / name).exists():
            shutil.copy(packaged / name, folder / name)
    return folder


def _write(path: Path, entry: object) -> None:
    path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")
