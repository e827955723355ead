"""Find the weights of the models and compile them for this CPU; owns the inference engine."""

from rag.models.bert import WORDS, Array, BertShape, shape_of
from rag.models.card import card_device
from rag.models.compiled import CompiledEncoder, CompiledReader
from rag.models.english import is_listed, listed_words
from rag.models.multilingual import FourBitBert
from rag.models.rows import batches
from rag.models.together import Together
from rag.models.weights import (
    MULTILINGUAL_SHA256,
    PACKAGED_SHA256,
    file_sha256,
    load_tokenizer,
    multilingual_model,
    packaged_model,
    reader_weights,
    table_weights,
)
from rag.models.word_table import WordTable

__all__ = [
    "MULTILINGUAL_SHA256",
    "PACKAGED_SHA256",
    "WORDS",
    "Array",
    "BertShape",
    "CompiledEncoder",
    "CompiledReader",
    "FourBitBert",
    "Together",
    "WordTable",
    "batches",
    "card_device",
    "file_sha256",
    "is_listed",
    "listed_words",
    "load_tokenizer",
    "multilingual_model",
    "packaged_model",
    "reader_weights",
    "shape_of",
    "table_weights",
]
