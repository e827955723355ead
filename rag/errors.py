"""Every error that a user can see. The text says what happened, to which value, and what to do."""

from rag.said import Said


class RagError(Exception):
    """Base of all errors that the program raises on purpose; the text is one line for a person."""

    @property
    def text(self) -> str:
        """The line, with its kind if it is Said."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class LoadError(RagError):
    """A file could not be turned into text; the message is the reason, without the file's name."""


class CorpusError(RagError):
    """The folders or files to index are missing or hold nothing that can be read."""


class IndexMissing(RagError):
    """The folder holds no index."""


class IndexDamaged(RagError):
    """A file of the index is missing, altered, or in a format that this version does not read."""


class IndexOutdated(IndexDamaged):
    """An earlier version wrote the index, in a format no longer read; a build updates it."""


class TooManyFiles(RagError):
    """This process may open no more files; nothing is wrong with the index."""


class IndexBusy(RagError):
    """Another process is writing this index."""


class EncoderError(RagError):
    """An encoder is missing, damaged, or not the one that the index was built with."""


class StoreError(RagError):
    """The engine that holds the vectors does not answer, or does not hold those of this index."""


class WorkersError(RagError):
    """The workers that should build do not answer, run another version, or ended."""


class PublishError(RagError):
    """A published index cannot be read or written where it is."""


class QuestionError(RagError):
    """The question is empty or too long."""


class ServerBusy(RagError):
    """Too many questions, or texts to check, are waiting; `seconds` is when to ask again."""

    def __init__(self, waiting: int, seconds: int, kind: str = "busy") -> None:
        super().__init__(Said(kind, n=waiting, seconds=seconds))
        self.seconds = seconds


class EmptyScope(QuestionError):
    """The scope of a question holds no document."""


class UnknownDocument(RagError):
    """The index holds no document with this id."""


class FeedbackError(RagError):
    """A verdict on an answer cannot be saved, or does not exist."""


class UploadError(RagError):
    """An uploaded file cannot be accepted."""


class SiteError(RagError):
    """A page of the web cannot be read; the message is the reason, without its address."""


class KeysError(RagError):
    """A key file cannot be read or written."""
