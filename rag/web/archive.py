"""REST's operations that read documents: their list, texts, passages and revisions."""

from asyncio import wrap_future
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from rag.web.caller import asker_of, site_of
from rag.web.functions import Functions
from rag.web.reading import Reading
from rag.web.schema import Compared, DocumentList, DocumentText, FoundPassage, Hits, RevisionList

DOOR = "rest"  # as the audit names it
MOST = 64  # characters of a sha256
Revision = Annotated[
    str, Query(description="the `sha256` of a citation, or its start", max_length=MOST)
]
Older = Annotated[
    str, Query(alias="from", description="a revision; the one before the other", max_length=MOST)
]
Newer = Annotated[str, Query(alias="to", description="a revision; the last", max_length=MOST)]
Count = Annotated[int, Query(ge=1, le=100, description="how many passages to return")]
DocumentId = Annotated[str, Path(description="the id of the document", examples=["notes.md"])]


def add_reading(router: APIRouter, functions: Functions, root: str) -> None:
    """Add the operations to the routes of REST; `root` is the path of the site."""

    @router.get("/documents", operation_id="list_documents", response_model=DocumentList)
    def list_documents() -> Response:
        """List the indexed documents, and the files that could not be read, with reasons."""
        return JSONResponse(functions.documents())

    @router.get(
        "/documents/{document:path}", operation_id="read_document", response_model=DocumentText
    )
    def read_document(
        document: DocumentId,
        request: Request,
        start: int = 0,
        end: int | None = None,
        revision: Revision = "",
    ) -> Response:
        """Return the stored text of a document, whole or from `start` to `end`.

        With a `revision` that is kept, as it was then; `metadata.changed` says whether the document
        has changed since. `metadata.sha256` is that of the text.
        """
        site = site_of(request, root)
        return JSONResponse(functions.text(document, start, end, site, revision))

    @router.get(
        "/passages/{document:path}/{ordinal}",
        operation_id="read_passage",
        response_model=FoundPassage,
    )
    def read_passage(document: DocumentId, ordinal: int, request: Request) -> Response:
        """Return one passage, by its document and its number there, from 0."""
        return JSONResponse(functions.passage(document, ordinal, site_of(request, root)))

    _add_similar(router, functions, root)
    _add_revisions(router, functions)


def _add_similar(router: APIRouter, functions: Functions, root: str) -> None:
    @router.get("/similar/{document:path}", operation_id="find_similar", response_model=Hits)
    async def find_similar(
        document: DocumentId, request: Request, start: int, end: int, k: Count = 10
    ) -> Response:
        """Find the passages most similar to a place in a document, from other places, best first.

        `start` and `end` are the characters of a passage, or of the quote of a citation.
        """
        asker, site = asker_of(request, DOOR), site_of(request, root)
        found = functions.similar(asker, document, start, end, k, site=site)
        return JSONResponse({"passages": await wrap_future(found)})


def _add_revisions(router: APIRouter, functions: Functions) -> None:
    reading = Reading()

    @router.get(
        "/revisions/{document:path}", operation_id="list_revisions", response_model=RevisionList
    )
    def list_revisions(document: DocumentId) -> Response:
        """List the revisions of a document that are kept, the newest first."""
        return JSONResponse(functions.revisions(document))

    @router.get(
        "/changes/{document:path}", operation_id="compare_revisions", response_model=Compared
    )
    async def compare_revisions(
        document: DocumentId, request: Request, old: Older = "", new: Newer = ""
    ) -> Response:
        """Compare two revisions of a document line by line.

        The lines that are not `added` are the old text, those not `removed` the new one. Each line
        is in parts, and each part says whether it changed.
        """

        def work() -> Response:
            return JSONResponse(functions.changes(document, old, new))

        return await reading.turn(request, work)
