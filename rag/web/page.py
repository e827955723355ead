"""The page: chat on the left; source, map and documents on the right; its functions are also REST.

Gradio lays out the page and runs the documents panel. Our own scripts show the views and the chat.
"""

from collections.abc import Mapping

import gradio as gr

from rag.web.api import add_api
from rag.web.feedback import add_feedback_panel
from rag.web.functions import Functions
from rag.web.live import Live
from rag.web.panel import add_documents_panel
from rag.web.templates import render
from rag.web.within import add_scope
from rag.web.wording import ALL, MARKS

WAITING = 256  # calls of the page and of programs in Gradio's line; more are refused
ANSWERS = 2 * WAITING  # sessions whose answers are kept: those in line, and as many finished ones
SESSIONS = 64  # whose configuration Gradio keeps, 80 KB each; a REST call is also a session
NOTE_SCOPE = "names => { document.body.dataset.within = JSON.stringify(names ?? []) }"
KEYS = (
    (("Enter",), "key_enter"),
    (("↑", "↓"), "key_arrows"),
    (("Tab",), "key_tab"),
    (("1", "…", "9"), "key_numbers"),
    (("N", "P"), "key_quotes"),
    (("/",), "key_slash"),
    (("Esc",), "key_escape"),
    (("?",), "key_help"),
)


def build_page(
    live: Live, functions: Functions | None = None, *, changeable: bool = True
) -> gr.Blocks:
    """Return the page, with `ask`, `search` and `documents` of the functions as its public ones.

    It has marks in place of words, and its events have the names of rag.web.events. Unless the
    index is `changeable`, the page only lists the documents.
    """
    with gr.Blocks(
        title="Footnote", analytics_enabled=False, fill_height=True, delete_cache=(600, 3600)
    ) as page:
        page.queue(max_size=WAITING)
        page.state_session_capacity = SESSIONS
        page._queue.pending_messages_per_session.max_size = ANSWERS
        languages = [(language, words("own_name")) for language, words in ALL.items()]
        _html("banner.html", "banner", {"keys": KEYS, "languages": languages})
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="chat-column", min_width=0):
                welcome = _add_chat(page, live)
            with gr.Column(elem_id="source-column", min_width=0):
                _add_views(page, live, welcome, changeable=changeable)
        add_api(functions or Functions(live))
    page.has_launched = True  # otherwise Gradio does not check the paths that it is given
    return page


def _add_chat(page: gr.Blocks, live: Live) -> gr.HTML:
    """Lay out the conversation, the question field and the scope; return the welcome above."""
    welcome = gr.HTML(elem_id="welcome", apply_default_css=False)
    _html("chat.html", "chat")
    _html("question.html", "asking")
    within = add_scope(page, live)
    within.change(None, within, None, js=NOTE_SCOPE, api_visibility="private")
    return welcome


def _add_views(page: gr.Blocks, live: Live, welcome: gr.HTML, *, changeable: bool) -> None:
    """Lay out the source, the map and the documents, one of which is shown."""
    _html("back.html", "back")
    with gr.Column(elem_id="source-view", min_width=0):
        _html("source-pane.html", "source-pane")
    with gr.Column(elem_id="map-view", min_width=0):
        _html("map-pane.html", "map-pane")
    with gr.Column(elem_id="documents-view", min_width=0):
        add_documents_panel(page, live, welcome, changeable=changeable)
        add_feedback_panel(live)


def _html(template: str, name: str, values: Mapping[str, object] | None = None) -> None:
    """Lay out a template, with this id."""
    gr.HTML(render(template, values, MARKS), elem_id=name, apply_default_css=False)
