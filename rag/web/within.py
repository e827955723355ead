"""The field of the page that limits which documents answer: their ids, and folders of them."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import gradio as gr

from rag.errors import RagError
from rag.index.joined import DocumentTable
from rag.scope import Scope
from rag.web.live import Live
from rag.web.wording import MARKS

CHOICES = 200  # in the list; if there are more, any other name can be typed


def add_scope(page: gr.Blocks, live: Live) -> gr.Dropdown:
    """Add the field to the page that is being laid out."""
    with gr.Accordion(MARKS("scope"), open=False, elem_id="scope") as panel:
        field = gr.Dropdown(
            [],
            multiselect=True,
            show_label=False,
            label=MARKS("scope_field"),
            info=MARKS("scope_advice"),
            elem_id="within",
        )

    def scopes() -> gr.Dropdown:
        names, is_whole = _choices(live)
        # of a whole list, Enter takes the first suggestion, and no other name
        return gr.Dropdown(choices=names, allow_custom_value=not is_whole)

    for event in (page.load, panel.expand):
        event(scopes, None, field, api_visibility="private", show_progress="hidden")
    return field


def scope_within(names: Sequence[str], documents: DocumentTable) -> Scope:
    """Return the scope of the names in the field; a name that is no document is a folder."""
    ids = {name for name in names if name in documents}
    folders = tuple(name for name in names if name not in ids)
    return Scope(documents=tuple(name for name in names if name in ids), folders=folders)


def _choices(live: Live) -> tuple[list[str], bool]:
    """Return folders, then documents, by name, and whether these are all."""
    try:
        documents = live.pipeline().documents
    except RagError:
        return [], True  # the chat reports the error when a question is asked
    names = sorted([*documents.ids(), *(copy.id for copy in documents.copied)])
    inner = map(PurePosixPath, {name.rpartition("/")[0] for name in names})
    folders = {f"{folder}/" for one in inner for folder in (one, *one.parents)}
    shown = sorted(folders - {"./"})[: CHOICES // 2]
    choices = [*shown, *names[: CHOICES - len(shown)]]
    return choices, len(choices) == len(folders - {"./"}) + len(names)
