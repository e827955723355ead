"""The reader in torch: MiniLM over question and passage, with two scores for every token.

The scores are those of a start and of an end. The first token ([CLS]) means "not here": its scores
are the null scores of SQuAD 2.0 (Devlin et al. 2019).
"""

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from rag.models import WORDS, packaged_model

FAR = -1e4


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded to the longest. `starts` and `ends` mark the tokens of the answers.

    `rivals`, (pairs, 2), are rows of one question: with the passage that answers and with one that
    does not.
    """

    ids: Tensor
    mask: Tensor
    segments: Tensor
    allowed: Tensor
    starts: Tensor
    ends: Tensor
    rivals: Tensor


class ReaderModel(nn.Module):  # type: ignore[misc]
    """MiniLM with two linear scores; the packaged word embeddings are not trained."""

    def __init__(self) -> None:
        super().__init__()
        folder = packaged_model()
        config = AutoConfig.from_pretrained(folder)
        # No dropout: a question is seen once or twice. On a CPU, eager attention trains faster.
        config.attention_probs_dropout_prob = config.hidden_dropout_prob = 0.0
        self.bert = AutoModel.from_pretrained(
            folder, config=config, add_pooling_layer=False, attn_implementation="eager"
        )
        self.head = nn.Linear(config.hidden_size, 2)
        self.bert.embeddings.word_embeddings.requires_grad_(requires_grad=False)

    def forward(self, batch: Batch) -> Tensor:
        """Return (2, rows, length) start and end scores, FAR where no answer is allowed."""
        hidden = self.bert(
            batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments
        ).last_hidden_state
        scores: Tensor = self.head(hidden).float().permute(2, 0, 1)
        return scores.masked_fill(~batch.allowed, FAR)


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
