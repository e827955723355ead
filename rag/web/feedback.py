"""Verdicts from the page: thumbs, the place of the right answer, and their download as questions.

Input from a browser is not trusted: sizes are limited, and every quote must be in its document.
"""

from typing import Annotated

import gradio as gr
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from rag.errors import RagError
from rag.evaluate import gather_feedback
from rag.evaluate.feedback import Feedback, checked, keep_feedback, parse_feedback
from rag.evaluate.questions import as_lines
from rag.web.body import json_body
from rag.web.live import Live
from rag.web.refusal import said_by
from rag.web.source import message_page
from rag.web.spoken import Requested
from rag.web.templates import render
from rag.web.wording import ENGLISH, Words, words_for
from rag.words import shortened

BODY_BYTES = 256 * 1024


def add_feedback_panel(live: Live) -> None:
    """Add the panel to the view being laid out; a script has it counted when the view opens."""
    panel = gr.HTML(elem_id="feedback", apply_default_css=False)
    opened = gr.Button(visible="hidden", elem_id="documents-opened")

    def gathered(request: gr.Request) -> str:
        return gathered_html(live, words_for(request.headers))

    opened.click(gathered, None, panel, api_visibility="private", show_progress="hidden")


def gathered_html(live: Live, words: Words = ENGLISH) -> str:
    """Return how many questions the feedback makes, with a link to them."""
    try:
        gathered = gather_feedback(live.folder, live.pipeline().documents)
    except RagError as error:
        return render("notice.html", {"message": words.sentence(said_by(error))})
    if not (gathered.questions or gathered.left_out or gathered.damaged):
        return ""
    return render("gathered.html", {"gathered": gathered}, words)


def feedback_router(live: Live, root: str) -> APIRouter:
    """Return the routes: /feedback keeps a verdict, /feedback/questions.jsonl returns questions."""
    router = APIRouter()

    @router.post("/feedback", include_in_schema=False)
    def keep(body: Annotated[bytes, Depends(json_body)], words: Requested) -> Response:
        try:
            if len(body) > BODY_BYTES:
                return JSONResponse({"detail": words("too_much_selected")}, 400)
            feedback = checked(parse_feedback(body), live.pipeline().documents)
            keep_feedback(live.folder, feedback)
        except RagError as error:
            return JSONResponse({"detail": words.sentence(said_by(error))}, 400)
        return JSONResponse({"detail": _saved(feedback, words)})

    @router.get("/feedback/questions.jsonl", include_in_schema=False)
    def questions(words: Requested) -> Response:
        try:
            gathered = gather_feedback(live.folder, live.pipeline().documents)
        except RagError as error:
            return message_page("feedback", words.sentence(said_by(error)), root, words, 404)
        if not gathered.questions:
            return message_page("feedback", words("feedback_none"), root, words, 404)
        headers = {
            "Content-Disposition": 'attachment; filename="questions.jsonl"',
            "Cache-Control": "no-store",
        }
        return Response(
            as_lines(gathered.questions), media_type="application/jsonl", headers=headers
        )

    return router


def _saved(feedback: Feedback, words: Words) -> str:
    if feedback.verdict == "here":
        (place,) = feedback.places
        quote = shortened(place.quote, 120)
        # isolated: right-to-left text in the quote or the name could reorder the line
        isolated = f"\u2068{quote}\u2069", f"\u2068{place.document}\u2069"
        return words("saved_here", quote=isolated[0], document=isolated[1])
    if feedback.verdict == "right" and not feedback.places:
        return words("saved_refused")
    return words(f"saved_{feedback.verdict}")
