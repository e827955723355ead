"""The page: chat on the left, source and documents on the right; its functions are also REST."""

from asyncio import wrap_future
from collections.abc import Sequence
from typing import Any

import gradio as gr

from rag.errors import RagError
from rag.web.answer import answer_html
from rag.web.api import add_api
from rag.web.feedback import add_feedback_panel
from rag.web.functions import Functions
from rag.web.live import Live
from rag.web.panel import add_documents_panel
from rag.web.templates import render
from rag.web.within import add_scope, scope_within

GREETING = "Ask your documents. Every answer is a quote; click its number to see where it is from."
STARTERS = 4
WAITING = 256  # calls of the page and of programs in Gradio's line; more are refused
ANSWERS = 2 * WAITING  # sessions whose answers are kept: those in line, and as many finished ones
SESSIONS = 64  # whose configuration Gradio keeps, 80 KB each; a REST call is also a session
APPEND = "(messages, turn) => [[...messages, ...turn]]"  # the browser keeps the conversation

Turn = list[dict[str, Any]]  # Gradio's messages: role, and content that may be a component


def build_page(live: Live, *, changeable: bool = True) -> gr.Blocks:
    """Return the page, with `ask`, `search` and `documents` as its public functions.

    Its events have the names of rag.web.events. Unless the index is `changeable`, the page only
    lists the documents.
    """
    with gr.Blocks(
        title="Footnote", analytics_enabled=False, fill_height=True, delete_cache=(600, 3600)
    ) as page:
        page.queue(max_size=WAITING)
        page.state_session_capacity = SESSIONS
        page._queue.pending_messages_per_session.max_size = ANSWERS
        gr.HTML(render("banner.html"), elem_id="banner", apply_default_css=False)
        with gr.Row(elem_id="columns"):
            with gr.Column(scale=5, min_width=320, elem_id="chat-column"):
                _add_chat(page, live)
            with gr.Column(scale=5, min_width=320, elem_id="source-column"), gr.Tabs():
                with gr.Tab("Source", elem_id="source-tab"):
                    gr.HTML(render("source-pane.html"), elem_id="source-pane")
                with gr.Tab("Map", elem_id="map-tab"):
                    gr.HTML(render("map-pane.html"), elem_id="map-pane")
                with gr.Tab("Documents", elem_id="documents-tab") as tab:
                    add_documents_panel(page, live, changeable=changeable)
                    add_feedback_panel(live, tab)
        add_api(Functions(live))
    page.has_launched = True  # otherwise Gradio does not check the paths that it is given
    return page


def _add_chat(page: gr.Blocks, live: Live) -> None:
    chat = gr.Chatbot(
        show_label=False,
        height="100%",
        elem_id="chat",
        placeholder=GREETING,
        render_markdown=False,
        buttons=[],
        feedback_options=None,
        allow_tags=False,
        latex_delimiters=[],
    )
    with gr.Row(elem_id="starters"):
        buttons = [
            gr.Button(visible=False, size="sm", variant="secondary") for _ in range(STARTERS)
        ]
    question, send = _question_row()
    within = add_scope(page, live)

    async def answered(request: gr.Request, text: str, names: list[str]) -> tuple[str, Turn]:
        return "", [
            {"role": "user", "content": f"{text} (in {', '.join(names)})" if names else text},
            {
                "role": "assistant",
                "content": await _reply(live, request.session_hash or "", text, names),
            },
        ]

    def starters() -> list[gr.Button]:
        return _starter_buttons(live)

    turn = gr.Chatbot(visible=False, render_markdown=False, allow_tags=False, latex_delimiters=[])
    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    ask = {"fn": answered, "outputs": [question, turn], "concurrency_limit": None, **quiet}
    asked = [gr.on([question.submit, send.click], inputs=[question, within], **ask)]
    asked += [button.click(inputs=[button, within], **ask) for button in buttons]
    for event in asked:
        event.then(None, [chat, turn], chat, js=APPEND, **quiet)
    page.load(starters, None, buttons, **quiet)


def _question_row() -> tuple[gr.Textbox, gr.Button]:
    """Lay out the field for a question, and the button that asks it."""
    with gr.Row(elem_id="question-row"):
        question = gr.Textbox(
            placeholder="Ask a question",
            label="Question",
            show_label=False,
            max_lines=4,
            scale=8,
            autofocus=True,
            elem_id="question",
        )
        send = gr.Button("Ask", variant="primary", scale=1, min_width=80, elem_id="ask")
    return question, send


async def _reply(live: Live, session: str, question: str, within: Sequence[str]) -> gr.HTML:
    def work() -> str:
        pipeline = live.pipeline()
        scope = scope_within(within, pipeline.documents)
        answer = pipeline.ask(question, scope=scope)
        cited = {quote.document_id for quote in (*answer.citations, *answer.nearest)}
        stale = {name: live.stale(pipeline.documents[name]) for name in cited}
        return answer_html(answer, stale)

    try:
        html = await wrap_future(live.turns.take(session, work))
    except RagError as error:
        html = render("failed.html", {"message": str(error)})
    return gr.HTML(html, apply_default_css=False)


def _starter_buttons(live: Live) -> list[gr.Button]:
    try:
        questions = live.starters()
    except RagError:
        questions = []  # the chat reports the error when a question is asked
    return [
        gr.Button(questions[number], visible=True)
        if number < len(questions)
        else gr.Button(visible=False)
        for number in range(STARTERS)
    ]
