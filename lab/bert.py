"""A span reader in torch over any BERT: two scores for every token, of a start and of an end.

It needs torch, transformers and safetensors only: it also runs where the program does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

FAR = -1e4
WORDS = "bert.embeddings.word_embeddings.weight"


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


class SpanBert(nn.Module):  # type: ignore[misc]
    """A BERT with two linear scores; its word embeddings are not trained."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert
        self.head = nn.Linear(bert.config.hidden_size, 2)
        self.bert.embeddings.word_embeddings.requires_grad_(requires_grad=False)

    def forward(self, batch: Batch) -> Tensor:
        """Return (2, rows, length) start and end scores, FAR where no answer is allowed."""
        hidden = self.bert(
            batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments
        ).last_hidden_state
        scores: Tensor = self.head(hidden).float().permute(2, 0, 1)
        return scores.masked_fill(~batch.allowed, FAR)


def new_bert(config: dict[str, float], dropout: float, attention: str) -> BertModel:
    """Return an untrained BERT of these dimensions."""
    return BertModel(
        BertConfig(
            **config,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
            attn_implementation=attention,
        ),
        add_pooling_layer=False,
    )


def loss_of(scores: Tensor, batch: Batch) -> Tensor:
    """Return the mean negative log-likelihood of start and end.

    Several gold answers share the likelihood (Clark and Gardner 2018).
    """
    total = torch.zeros((), device=scores.device)
    for side, gold in zip(scores, (batch.starts, batch.ends), strict=True):
        right = side.masked_fill(gold == 0, FAR * 2).logsumexp(1)
        total = total + (side.logsumexp(1) - right).mean()
    return total / 2


def rivalry_of(scores: Tensor, batch: Batch) -> Tensor:
    """Return the same loss over the tokens of both passages of a question.

    The scores of each row are taken relative to its own "not here", as when passages are ranked
    (the shared normalisation of Clark and Gardner 2018).
    """
    total = torch.zeros((), device=scores.device)
    for side, gold in zip(scores, (batch.starts, batch.ends), strict=True):
        margins = (side - side[:, :1])[:, 1:]
        right = margins.masked_fill(gold[:, 1:] == 0, FAR * 2).logsumexp(1)[batch.rivals[:, 0]]
        total = total + (margins.logsumexp(1)[batch.rivals].logsumexp(1) - right).mean()
    return total / 2


def save(model: SpanBert, path: Path) -> None:
    """Write the trained tensors in half precision, without the word embeddings."""
    tensors = {
        name.removeprefix("bert."): tensor.half().cpu().contiguous()
        for name, tensor in model.state_dict().items()
        if name != WORDS and "position_ids" not in name
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)


def saved(path: Path) -> dict[str, Tensor]:
    """Return the tensors that `save` wrote, by their names in the model."""
    return {
        name if name.startswith("head") else f"bert.{name}": tensor.float()
        for name, tensor in load_file(path).items()
    }


def fill(model: SpanBert, tensors: Mapping[str, Tensor], *, without: set[str]) -> None:
    """Give a model these tensors, all but `without`; raises ValueError if others are missing."""
    found = model.load_state_dict(tensors, strict=False)
    if found.unexpected_keys or set(found.missing_keys) != without:
        raise ValueError(f"lacks {found.missing_keys} and also has {found.unexpected_keys}")
