"""The field of the page that limits which documents answer: their ids, and folders of them."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import gradio as gr

from rag.errors import RagError
from rag.types import Scope
from rag.web.live import Live

CHOICES = 200  # in the list; any other name can be typed


def add_scope(page: gr.Blocks, live: Live) -> gr.Dropdown:
    """Add the field to the page that is being laid out."""
    with gr.Accordion("Ask only some documents", open=False, elem_id="scope") as panel:
        field = gr.Dropdown(
            [],
            multiselect=True,
            allow_custom_value=True,
            show_label=False,
            label="Documents and folders",
            info="Choose documents or folders. If this is empty, all documents answer.",
            elem_id="within",
        )

    def scopes() -> gr.Dropdown:
        return gr.Dropdown(choices=_choices(live))

    for event in (page.load, panel.expand):
        event(scopes, None, field, api_visibility="private", show_progress="hidden")
    return field


def scope_within(names: Sequence[str]) -> Scope:
    """Return the scope of what was chosen; the name of a folder ends with a slash."""
    folders = tuple(name for name in names if name.endswith("/"))
    return Scope(documents=tuple(name for name in names if name not in folders), folders=folders)


def _choices(live: Live) -> list[str]:
    """Return folders, then documents, by name."""
    try:
        names = sorted(live.pipeline().documents.sha256_by_id())
    except RagError:
        return []  # the chat reports the error when a question is asked
    folders = {f"{parent}/" for name in names for parent in PurePosixPath(name).parents}
    return [*sorted(folders - {"./"}), *names][:CHOICES]
