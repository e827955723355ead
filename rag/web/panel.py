"""The documents panel: what is indexed, and adding, removing and rebuilding with progress and a report."""

from collections.abc import Callable

import gradio as gr

from rag.config import BuildConfig
from rag.errors import RagError
from rag.indexing import BuildReport
from rag.load import SUFFIXES
from rag.render import documents_html, escape, report_html
from rag.types import Progress
from rag.web.live import Live

SHOWN = 200  # documents listed at once; the filter finds the others
STAGES = {
    "reading": (0.0, 0.6),
    "embedding": (0.6, 0.95),
    "writing": (0.95, 1.0),
}  # their shares of the bar

UPLOAD = (
    f'<label class="drop"><b>Add documents</b><span>Drop files here, or choose them</span>'
    f'<input type="file" multiple accept="{",".join(SUFFIXES)}" data-limit="{BuildConfig().file_bytes}"></label>'
    '<p role="status"></p>'
)

Tell = Callable[[Progress], None]
Shown = tuple[str, str, gr.Dropdown]


def add_documents_panel(page: gr.Blocks, live: Live, *, changeable: bool) -> None:
    """Add the panel to the page that is being laid out; unless it is `changeable`, the list alone."""
    with gr.Column(visible=changeable):
        gr.HTML(UPLOAD, elem_id="upload", apply_default_css=False)
        receipts = gr.Textbox(visible="hidden", elem_id="receipts")
        with gr.Row():
            rebuild = gr.Button("Rebuild", size="sm", elem_id="rebuild")
            restore = gr.Checkbox(
                label="Take removed files in again", value=False, min_width=160, elem_id="restore"
            )
    report = gr.HTML(elem_id="report", apply_default_css=False)
    words = gr.Textbox(
        placeholder="Filter by name or title", show_label=False, label="Filter", elem_id="filter"
    )
    documents = gr.HTML(elem_id="documents", apply_default_css=False)
    with gr.Row(visible=changeable):
        chosen, remove = _choice()

    def listed(text: str) -> tuple[str, gr.Dropdown]:
        return _listing(live, text)

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    words.change(listed, words, [documents, chosen], **quiet)
    page.load(listed, words, [documents, chosen], **quiet)
    if changeable:
        added, removed, rebuilt = _changes(live)
        shown = [report, documents, chosen]
        private = {
            "api_visibility": "private",
            "concurrency_id": "build",
            "concurrency_limit": 1,
            "show_progress_on": report,
        }
        receipts.submit(added, [receipts, words], shown, **private)
        remove.click(removed, [chosen, words], shown, **private)
        rebuild.click(rebuilt, [restore, words], shown, **private)


def _choice() -> tuple[gr.Dropdown, gr.Button]:
    """Lay out what documents are removed with. Any name may be typed: Gradio forgets what it has listed."""
    chosen = gr.Dropdown(
        [],
        multiselect=True,
        allow_custom_value=True,
        label="Remove from the index",
        scale=4,
        elem_id="chosen",
    )
    remove = gr.Button("Remove", size="sm", variant="stop", scale=1, min_width=80, elem_id="remove")
    return chosen, remove


def _changes(live: Live) -> tuple[Callable[..., Shown], Callable[..., Shown], Callable[..., Shown]]:
    """Return what adding, removing and rebuilding do; each gives its report and the new list of documents."""

    def changed(work: Callable[[Tell], str], words: str, progress: gr.Progress) -> Shown:
        try:
            told = work(lambda step: progress(_fraction(step), desc=_description(step)))
        except (RagError, OSError) as error:
            told = f'<p class="notice">{escape(str(error))}</p>'
        return told, *_listing(live, words)

    def added(receipts: str, words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        def work(tell: Tell) -> str:
            built, fates = live.add(receipts.split(), tell)
            return report_html(_lines(built), fates, built.unreadable)

        return changed(work, words, progress)

    def removed(ids: list[str], words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        return changed(lambda tell: _removed(live, ids, tell), words, progress)

    def rebuilt(restore: bool, words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        def work(tell: Tell) -> str:
            built = live.rebuild(tell, () if restore else None)
            return report_html(_lines(built), (), built.unreadable)

        return changed(work, words, progress)

    return added, removed, rebuilt


def _lines(built: BuildReport) -> list[str]:
    """Return what a build did, a line each, in words."""
    lines = [
        f"{built.documents:,} documents and {built.passages:,} passages are live, after {built.seconds:.1f} s.",
        f"{built.parsed:,} files read anew, {built.embedded:,} passages embedded, {built.reused:,} reused.",
    ]
    lines += [
        f"{name} holds the same text as {other}: both are cited."
        for name, other in built.copies[:20]
    ]
    return lines + ([f"Removed: {', '.join(built.removed[:20])}."] if built.removed else [])


def _removed(live: Live, ids: list[str], tell: Tell) -> str:
    if not ids:
        return '<p class="notice">Choose the documents to remove first.</p>'
    built = live.remove(ids, tell)
    return report_html(_lines(built), (), built.unreadable)


def _listing(live: Live, words: str) -> tuple[str, gr.Dropdown]:
    """Return the list of documents whose name or title holds the words, and the same to choose from."""
    try:
        index = live.pipeline().index
    except RagError as error:
        return f'<p class="notice">{escape(str(error))}</p>', gr.Dropdown(choices=[], value=[])
    wanted = words.casefold()
    found = [
        item
        for item in index.documents.summaries()
        if wanted in f"{item.id} {item.title}".casefold()
    ]
    html = documents_html(found[:SHOWN], len(found), index.manifest.unreadable)
    return html, gr.Dropdown(choices=[item.id for item in found[:SHOWN]], value=[])


def _fraction(step: Progress) -> float:
    done = step.done / step.total if step.total else 1.0
    first, last = STAGES[step.stage]
    return first + done * (last - first)


def _description(step: Progress) -> str:
    return f"{step.stage} {step.done:,} of {step.total:,} {step.item}".strip()
