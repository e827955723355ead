"""Verdicts from the page: the thumbs under an answer, the place that was pointed at, and their download as questions.

What a browser sends is not believed: sizes are limited, and every quote has to stand in its document.
"""

import json
import textwrap
from typing import Annotated

import gradio as gr
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from rag.errors import FeedbackError, RagError
from rag.evaluate import gather_feedback
from rag.evaluate.feedback import Feedback, checked, keep_feedback, parse_feedback
from rag.evaluate.questions import as_lines
from rag.render import escape
from rag.types import Answer
from rag.web.live import Live
from rag.web.source import static_page

BODY_BYTES = 256 * 1024
THUMB = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 10.5h4.5V20H3zM7.5 10.5 11.4 3.6a1.7 1.7 0 0 1 3.1 1.3'
    'L13.8 9h5.3a2 2 0 0 1 2 2.4l-1.4 7a2 2 0 0 1-2 1.6H7.5z"/></svg>'
)
POINTER = (
    '<div id="pointer" hidden><button type="button">The right answer is here</button>'
    '<span><small class="about"></small><small role="status"></small></span></div>'
)
NOTED = {
    "right": "Noted as right.",
    "wrong": "Noted as wrong. To show what is right, select it in its document and press “The right answer is here”.",
    "here": "Noted: the right answer is",
    "withdrawn": "Taken back.",
}


def feedback_html(answer: Answer) -> str:
    """Return the thumbs under an answer or refusal, with what they are about."""
    places = [
        {
            "document": cited.document_id,
            "start": cited.start,
            "end": cited.end,
            "quote": cited.quote,
        }
        for cited in answer.citations
    ]
    up, down = (
        ("Right answer", "Wrong answer") if answer else ("Rightly refused", "Wrongly refused")
    )
    buttons = "".join(
        f'<button type="button" data-verdict="{verdict}" aria-pressed="false" aria-label="{name}" title="{name}">'
        f"{THUMB}</button>"
        for verdict, name in (("right", up), ("wrong", down))
    )
    about = escape(json.dumps({"question": answer.question, "places": places}, ensure_ascii=False))
    return (
        f'<div class="feedback" data-about="{about}">{buttons}<small role="status"></small></div>'
    )


def add_feedback_panel(live: Live, tab: gr.Tab) -> None:
    """Add what feedback there is to the tab that is being laid out, counted when the tab is opened."""
    told = gr.HTML(elem_id="feedback", apply_default_css=False)

    def gathered() -> str:
        return gathered_html(live)

    tab.select(gathered, None, told, api_visibility="private", show_progress="hidden")


def gathered_html(live: Live) -> str:
    """Return how many questions the feedback makes, and how to get them."""
    try:
        gathered = gather_feedback(live.folder, live.pipeline().documents)
    except RagError as error:
        return f'<p class="notice">{escape(str(error))}</p>'
    if not (gathered.questions or gathered.left_out or gathered.damaged):
        return ""
    link = '<a href="feedback/questions.jsonl" target="_blank">Save them as a question file</a>'
    rows = "".join(
        f"<li><bdi>{escape(name)}</bdi>: {escape(why)}</li>" for name, why in gathered.left_out
    )
    title = f"<summary>{len(gathered.left_out):,} cannot be evaluated</summary>"
    left_out = f"<details>{title}<ul>{rows}</ul></details>" if rows else ""
    damaged = (
        f"<p>{gathered.damaged:,} damaged lines are passed over.</p>" if gathered.damaged else ""
    )
    saved = f"Feedback makes {len(gathered.questions):,} questions. {link if gathered.questions else ''}"
    return f'<div class="report"><p>{saved}</p>{left_out}{damaged}</div>'


def feedback_router(live: Live, root: str) -> APIRouter:
    """Return the routes of feedback: a verdict goes to /feedback, /feedback/questions.jsonl gives all as questions."""
    router = APIRouter()

    @router.post("/feedback", include_in_schema=False)
    def keep(body: Annotated[bytes, Depends(_json_body)]) -> Response:
        try:
            if len(body) > BODY_BYTES:
                raise FeedbackError("Too much is selected. Select only the words that answer")
            feedback = checked(parse_feedback(body), live.pipeline().documents)
            keep_feedback(live.folder, feedback)
        except RagError as error:
            return JSONResponse({"detail": f"{error}."}, 400)
        return JSONResponse({"detail": _noted(feedback)})

    @router.get("/feedback/questions.jsonl", include_in_schema=False)
    def questions() -> Response:
        try:
            gathered = gather_feedback(live.folder, live.pipeline().documents)
            if not gathered.questions:
                raise FeedbackError("No feedback yet that makes a question")
        except RagError as error:
            message = f"<main class='empty'><p>{escape(str(error))}.</p></main>"
            return static_page("Feedback", message, root, 404)
        headers = {
            "Content-Disposition": 'attachment; filename="questions.jsonl"',
            "Cache-Control": "no-store",
        }
        return Response(
            as_lines(gathered.questions), media_type="application/jsonl", headers=headers
        )

    return router


async def _json_body(request: Request) -> bytes:
    """Return what was sent; nothing where a form of another site could have sent it."""
    body = await request.body()
    return body if request.headers.get("content-type", "").startswith("application/json") else b""


def _noted(feedback: Feedback) -> str:
    if feedback.verdict == "here":
        (place,) = feedback.places
        quote = textwrap.shorten(place.quote, 120, placeholder=" …")
        return f"{NOTED['here']} “\u2068{quote}\u2069” (\u2068{place.document}\u2069)."  # isolated, whatever they hold
    return (
        NOTED[feedback.verdict]
        if feedback.places or feedback.verdict != "right"
        else "Noted as rightly refused."
    )
