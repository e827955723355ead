"""The reader in torch: MiniLM over question and passage, with two scores for every token.

The scores are those of a start and of an end. The first token ([CLS]) means "not here": its scores
are the null scores of SQuAD 2.0 (Devlin et al. 2019).
"""

from pathlib import Path

from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel

from lab.bert import SpanBert
from rag.models import WORDS, packaged_model


class ReaderModel(SpanBert):
    """The packaged MiniLM with two linear scores."""

    def __init__(self) -> None:
        folder = packaged_model()
        config = AutoConfig.from_pretrained(folder)
        # No dropout: a question is seen once or twice. On a CPU, eager attention trains faster.
        config.attention_probs_dropout_prob = config.hidden_dropout_prob = 0.0
        super().__init__(
            AutoModel.from_pretrained(
                folder, config=config, add_pooling_layer=False, attn_implementation="eager"
            )
        )


def save(model: ReaderModel, path: Path) -> None:
    """Write the trained tensors in half precision, without the packaged word embeddings."""
    tensors = {
        name.removeprefix("bert."): tensor.half().contiguous()
        for name, tensor in model.state_dict().items()
        if "word_embeddings" not in name and "position_ids" not in name
    }
    save_file(tensors, path)


def load(path: Path) -> ReaderModel:
    """Return a model with the tensors that `save` wrote."""
    model = ReaderModel()
    tensors = {
        name if name.startswith("head") else f"bert.{name}": t.float()
        for name, t in load_file(path).items()
    }
    found = model.load_state_dict(tensors, strict=False)
    if found.unexpected_keys or found.missing_keys != [f"bert.{WORDS}"]:
        raise ValueError(f"{path} lacks {found.missing_keys} and also has {found.unexpected_keys}")
    return model
