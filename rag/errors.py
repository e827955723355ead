"""Every error that a user can meet, each with what happened, which value, and what to do now."""


class RagError(Exception):
    """Base of all errors raised on purpose; its text is one line meant for a person."""


class LoadError(RagError):
    """A file could not be turned into text; the text is the reason alone, without the file's name."""


class CorpusError(RagError):
    """The folder or files named for indexing are missing or hold nothing that can be read."""


class IndexMissing(RagError):
    """There is no index in the folder."""


class IndexDamaged(RagError):
    """A file of the index is missing, altered, or of a format that this version does not read."""


class IndexOutdated(IndexDamaged):
    """The index was written by an earlier version, whose format is no longer read; a build brings it up to date."""


class IndexBusy(RagError):
    """Another process is writing this index."""


class EncoderError(RagError):
    """An encoder is missing, damaged, or not the one that the index was built with."""


class QuestionError(RagError):
    """The question is empty or too long."""


class EmptyScope(QuestionError):
    """A question is asked of documents of which there are none."""


class UnknownDocument(RagError):
    """The index holds no document with this id."""


class FeedbackError(RagError):
    """A verdict on an answer cannot be kept, or there is none."""


class UploadError(RagError):
    """A file that was sent cannot be taken in."""


class KeysError(RagError):
    """A file of keys cannot be read or made."""
