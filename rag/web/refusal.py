"""Refused requests: the response is a status and our own words, never those of a parser.

Programs get one form of JSON from every address of theirs, the one that OpenAI's clients read:
`{"error": {"message", "type", "code", "param"}}`. The message says what happened and what to do,
`code` is a word for programs, and `param` names the field that is wrong.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from rag.errors import (
    EmptyScope,
    IndexBusy,
    QuestionError,
    RagError,
    ServerBusy,
    StoreError,
    UnknownDocument,
    UploadError,
)
from rag.said import Said
from rag.web.wording import ENGLISH, Words

LOG = logging.getLogger(__name__)
FOR_PROGRAMS = re.compile(r"/(api/)?v1(/.*)?|/openapi\.json", re.DOTALL)
TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
STATUSES: tuple[tuple[type[RagError], int], ...] = (
    (ServerBusy, 503),
    (UnknownDocument, 404),
    (EmptyScope, 400),
    (QuestionError, 400),
    (UploadError, 400),
    (IndexBusy, 409),
)
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
MAX_FIELD = 64  # characters of a field that an error repeats
KNOWN = "What each address takes is at /docs"


class Refused(Exception):
    """A refused request, with the status and the words of the response.

    The page gets words that are Said in its language, programs in English.
    """

    def __init__(
        self, status: int, words: str, *, code: str = "", field: str = "", **headers: str
    ) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.code = code
        self.field = field
        self.headers = headers

    def response(self, method: str, path: str = "", words: Words = ENGLISH) -> Response:
        """Return a line of text for a browser that opens an address, JSON for a program."""
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        if is_for_programs(path):
            return JSONResponse(self._error(), self.status, headers)
        detail = words.sentence(self.words)
        if method in {"GET", "HEAD"}:
            return PlainTextResponse(detail, self.status, headers)
        return JSONResponse({"detail": detail}, self.status, headers)

    def _error(self) -> dict[str, dict[str, str | None]]:
        usual = "server_error" if self.status >= 500 else "invalid_request_error"
        error = {
            "message": f"{self.words}.",
            "type": TYPES.get(self.status, usual),
            "code": self.code or None,
            "param": self.field or None,
        }
        return {"error": error}


def said_by(error: RagError) -> str:
    """Return what an error says to who asks; the log has what would name a machine behind."""
    if isinstance(error, StoreError):
        LOG.error("%s", error)
        return Said("store_failed")
    return error.text


def refused_by(error: RagError) -> Refused:
    """Return the refusal of a request that an error of ours ended; an index that fails is a 503."""
    status = next((number for kind, number in STATUSES if isinstance(error, kind)), 503)
    code = WORD.sub("_", type(error).__name__).lower()
    if isinstance(error, ServerBusy):
        return Refused(status, error.text, code=code, retry_after=str(error.seconds))
    return Refused(status, said_by(error), code=code)


def refused_value(errors: Sequence[Mapping[str, Any]]) -> Refused:
    """Return the refusal of a request by what pydantic found; it names the first wrong value."""
    first = errors[0]
    place = [str(part) for part in first["loc"][1:]]
    field = shown(".".join(place)) or "the body"
    words = {
        "missing": f"{field} is missing",
        "extra_forbidden": f"{field} is not known. {KNOWN}",
    }
    wrong = f"{field} is wrong: {str(first['msg']).removeprefix('Input ')}"
    return Refused(400, words.get(first["type"], wrong), code="wrong_value", field=field)


def shown(field: str) -> str:
    """Return the name of a field as an error repeats it: without surrogates, and not too long."""
    return field.encode("utf-8", "replace").decode()[:MAX_FIELD]


def is_for_programs(path: str) -> bool:
    """Return whether only programs use an address."""
    return FOR_PROGRAMS.fullmatch(path) is not None
