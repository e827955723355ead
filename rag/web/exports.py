"""Conversations as files that a browser cannot make: the record of each answer in, a file out."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError

from rag.exports import Exported, csl_of, docx_of
from rag.web.body import json_body
from rag.web.refusal import Refused

MOST = 10_000  # answers
LINES = 20_000  # each is several parts of a Word file
BREAK = re.compile(rb"\\(n|u000a)", re.IGNORECASE)
KINDS = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csl-json": "application/vnd.citationstyles.csl+json",
}


class ToExport(BaseModel):
    """The answers of a conversation, as the browser kept them; what else it kept is ignored."""

    form: Literal["word", "csl-json"]
    title: str
    answers: Annotated[list[Exported], Field(max_length=MOST)]


def exports_router() -> APIRouter:
    """Return the route /export: the body is a conversation as JSON, the response a file."""
    router = APIRouter(include_in_schema=False)

    @router.post("/export")
    def export(body: Annotated[bytes, Depends(json_body)]) -> Response:
        if len(BREAK.findall(body)) > LINES:
            raise Refused(400, "The conversation has too many lines. Export parts of it")
        try:
            sent = ToExport.model_validate_json(body)
        except ValidationError as error:
            raise Refused(400, "The conversation is not as expected") from error
        data = docx_of(sent.title, sent.answers) if sent.form == "word" else csl_of(sent.answers)
        return Response(data, media_type=KINDS[sent.form])

    return router
