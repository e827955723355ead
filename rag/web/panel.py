"""The documents panel: lists documents, and adds, removes and rebuilds them with a report."""

from collections.abc import Callable, Sequence

import gradio as gr

from rag.config import BuildConfig
from rag.errors import RagError
from rag.index.report import BuildReport
from rag.load import SUFFIXES
from rag.progress import OnProgress, Progress
from rag.types import DocumentSummary
from rag.web.live import Live
from rag.web.templates import counted, render

SHOWN = 200  # documents listed at once; the filter finds the others
# Each stage's part of the progress bar
STAGES = {"reading": (0.0, 0.6), "embedding": (0.6, 0.95), "writing": (0.95, 1.0)}
Shown = tuple[str, str, gr.Dropdown]


def add_documents_panel(page: gr.Blocks, live: Live, *, changeable: bool) -> None:
    """Add the panel to the page being laid out: only the list, unless it is `changeable`."""
    with gr.Column(visible=changeable):
        limits = {"suffixes": SUFFIXES, "limit": BuildConfig().file_bytes}
        gr.HTML(render("upload.html", limits), elem_id="upload", apply_default_css=False)
        receipts = gr.Textbox(visible="hidden", elem_id="receipts")
        with gr.Row():
            rebuild = gr.Button("Rebuild", size="sm", elem_id="rebuild")
            restore = gr.Checkbox(
                label="Restore removed files", value=False, min_width=160, elem_id="restore"
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


def documents_html(
    documents: Sequence[DocumentSummary], total: int, unreadable: Sequence[tuple[str, str]]
) -> str:
    """Return the documents, which open in the source pane, and the files that were not read."""
    values = {"documents": documents, "total": total, "unreadable": unreadable}
    return render("documents.html", values)


def build_html(built: BuildReport, files: Sequence[tuple[str, str]] = ()) -> str:
    """Return what a build did, the outcome of each upload, and the files that were not read."""
    values = {
        "lines": _lines(built),
        "files": files,
        "unreadable": built.unreadable,
        "left_out": built.left_out,
    }
    return render("build.html", values)


def _choice() -> tuple[gr.Dropdown, gr.Button]:
    """Lay out the choice of documents to remove, and the button that removes them.

    Any name may be typed, since Gradio forgets the choices that it was sent.
    """
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
    """Return the handlers that add, remove and rebuild.

    Each returns its report and the new list of documents.
    """

    def changed(work: Callable[[OnProgress], str], words: str, progress: gr.Progress) -> Shown:
        try:
            html = work(lambda step: progress(_fraction(step), desc=_description(step)))
        except (RagError, OSError) as error:
            html = _notice(str(error))
        return html, *_listing(live, words)

    def added(receipts: str, words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        def work(progress: OnProgress) -> str:
            built, outcomes = live.add(receipts.split(), progress)
            return build_html(built, outcomes)

        return changed(work, words, progress)

    def removed(ids: list[str], words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        return changed(lambda progress: _removed(live, ids, progress), words, progress)

    def rebuilt(restore: bool, words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        def work(progress: OnProgress) -> str:
            built = live.rebuild(progress, () if restore else None)
            return build_html(built)

        return changed(work, words, progress)

    return added, removed, rebuilt


def _lines(built: BuildReport) -> list[str]:
    """Return what a build did, as sentences for separate lines."""
    counts = f"{counted(built.documents, 'document')} and {counted(built.passages, 'passage')}"
    lines = [
        f"The index now has {counts} ({built.seconds:.1f} s).",
        f"{counted(built.parsed, 'file')} read, "
        f"{counted(built.embedded, 'passage')} embedded, {built.reused:,} reused.",
    ]
    if not built.changed:
        lines = [f"Nothing changed: the index has {counts}."]
    lines += [
        f"{name} has the same text as {other}: both are cited." for name, other in built.copies[:20]
    ]
    return lines + ([f"Removed: {', '.join(built.removed[:20])}."] if built.removed else [])


def _removed(live: Live, ids: list[str], progress: OnProgress) -> str:
    if not ids:
        return _notice("First choose the documents to remove.")
    built = live.remove(ids, progress)
    return build_html(built)


def _notice(message: str) -> str:
    return render("notice.html", {"message": message})


def _listing(live: Live, words: str) -> tuple[str, gr.Dropdown]:
    """Return the documents whose name or title has the words, and a choice of the same."""
    try:
        index = live.pipeline().index
    except RagError as error:
        return _notice(str(error)), gr.Dropdown(choices=[], value=[])
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
    return f"{step.stage.capitalize()} {step.done:,} of {step.total:,} {step.item}".strip()
