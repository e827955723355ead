"""Answer a question from texts at hand, without an index that is kept.

The texts become the documents of an index in a temporary folder, so an answer is what it would be
after a build. The folder is deleted before this returns.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.config import DEFAULT_ENCODER, AskConfig
from rag.embed import load_encoder
from rag.errors import LoadError, QuestionError
from rag.indexing import build
from rag.load.text import decode
from rag.pipeline import Pipeline
from rag.protocols import Encoder
from rag.types import Answer, Citation


def quote(
    question: str,
    texts: Mapping[str, str] | Sequence[str],
    config: AskConfig | None = None,
    *,
    encoder: Encoder | None = None,
) -> Answer:
    """Return quotes from texts that answer a question, or a refusal.

    The `document_id` of a citation is the name of its text, or its number from 0 in a sequence:
    `texts[name][start:end] == citation.quote`. Raises QuestionError, also for a text that is no
    text.
    """
    if isinstance(texts, str):
        raise QuestionError("The texts are one string. Give a list of texts, or texts by name")
    named = texts if isinstance(texts, Mapping) else {str(n): text for n, text in enumerate(texts)}
    files = {f"{number}.txt": name for number, name in enumerate(named) if named[name].strip()}
    if not files:
        raise QuestionError("There is no text to quote from. Give at least one")
    encoder = encoder or _encoder()
    with TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for file, name in files.items():
            (corpus / file).write_bytes(_encoded(name, named[name]))
        build(corpus, Path(folder, "index"), encoder=encoder)
        answer = Pipeline.open(Path(folder, "index"), config, encoder=encoder).ask(question)
    return replace(
        answer,
        citations=tuple(_renamed(one, files) for one in answer.citations),
        nearest=tuple(_renamed(one, files) for one in answer.nearest),
    )


def _encoded(name: str, text: str) -> bytes:
    """Return what is read as exactly this text, even if that begins with such a mark itself."""
    try:
        data = BOM_UTF8 + text.encode()
        decode(data)
    except UnicodeEncodeError as error:
        raise QuestionError(
            f"The text {name} has half a character at {error.start:,}. Remove it"
        ) from error
    except LoadError as error:
        raise QuestionError(f"The text {name} {error}. Leave it out") from error
    return data


def _renamed(citation: Citation, files: Mapping[str, str]) -> Citation:
    """Return a citation of a text under its own name; a file without a heading has its title."""
    name = files[citation.document_id]
    is_file = citation.title == citation.document_id
    return replace(
        citation,
        document_id=name,
        title=name if is_file else citation.title,
        also=tuple(files[other] for other in citation.also),
    )


@cache
def _encoder() -> Encoder:
    """Return the packaged encoder, loaded once."""
    return load_encoder(DEFAULT_ENCODER)
