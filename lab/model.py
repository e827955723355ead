"""The reader in torch: MiniLM over question and passage, with two scores for every token.

The scores are those of a start and of an end. The first token ([CLS]) means "not here": its scores
are the null scores of SQuAD 2.0 (Devlin et al. 2019).
"""

from pathlib import Path

from transformers import AutoConfig, AutoModel

from lab.bert import WORDS, SpanBert, fill, saved
from rag.models import packaged_model


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


def load(path: Path) -> ReaderModel:
    """Return a model with the tensors that `save` wrote; raises ValueError if some are missing."""
    model = ReaderModel()
    fill(model, saved(path), without={WORDS})
    return model
