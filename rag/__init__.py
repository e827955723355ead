"""Ask your own documents a question; every answer is a verbatim quote with a footnote.

`Pipeline`, `build` and `quote` are imported on first use, so `import rag` stays light.
"""

import logging
import sys
from typing import TYPE_CHECKING

from rag.config import AskConfig, BuildConfig
from rag.errors import (
    CorpusError,
    EmptyScope,
    EncoderError,
    FeedbackError,
    IndexBusy,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    KeysError,
    LoadError,
    PublishError,
    QuestionError,
    RagError,
    ServerBusy,
    SiteError,
    StoreError,
    TooManyFiles,
    UnknownDocument,
    UploadError,
    WorkersError,
)
from rag.scope import Scope
from rag.types import Answer, Citation, Document, Hit, Passage, Span

if TYPE_CHECKING:
    from rag.indexing import build
    from rag.pipeline import Pipeline
    from rag.quoting import quote

# silent unless the caller adds a handler
logging.getLogger(__name__).addHandler(logging.NullHandler())

__version__ = "0.1.0"

# When imported, OpenVINO forks a process that sends an event to its makers. A module that is None
# in sys.modules counts as not installed, and OpenVINO works without this one.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

__all__ = [
    "Answer",
    "AskConfig",
    "BuildConfig",
    "Citation",
    "CorpusError",
    "Document",
    "EmptyScope",
    "EncoderError",
    "FeedbackError",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "IndexMissing",
    "IndexOutdated",
    "KeysError",
    "LoadError",
    "Passage",
    "Pipeline",
    "PublishError",
    "QuestionError",
    "RagError",
    "Scope",
    "ServerBusy",
    "SiteError",
    "Span",
    "StoreError",
    "TooManyFiles",
    "UnknownDocument",
    "UploadError",
    "WorkersError",
    "build",
    "quote",
]


def __getattr__(name: str) -> object:
    if name == "Pipeline":
        from rag.pipeline import Pipeline

        return Pipeline
    if name == "build":
        from rag.indexing import build

        return build
    if name == "quote":
        from rag.quoting import quote

        return quote
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
