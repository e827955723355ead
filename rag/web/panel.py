"""The documents panel: lists documents, and adds, removes and rebuilds them with a report."""

import json
from collections.abc import Callable, Sequence

import gradio as gr
from gradio.events import Dependency

from rag.config import BuildConfig
from rag.errors import IndexMissing, RagError
from rag.index.report import BuildReport
from rag.load import SUFFIXES
from rag.progress import OnProgress, Progress
from rag.types import DocumentSummary
from rag.web.live import Live
from rag.web.templates import counted, render

SHOWN = 200  # documents listed at once; the filter finds the others
# Each stage's part of the progress bar
STAGES = {"reading": (0.0, 0.6), "embedding": (0.6, 0.95), "writing": (0.95, 1.0)}
Shown = tuple[str, str]
CHOSEN = "(_, words) => [JSON.parse(document.body.dataset.chosen ?? '[]'), words]"


def add_documents_panel(page: gr.Blocks, live: Live, welcome: gr.HTML, *, changeable: bool) -> None:
    """Add the panel to the page being laid out: only the list, unless it is `changeable`.

    Its scripts press the hidden buttons. After each change the `welcome` of the chat is made anew.
    """
    if changeable:
        upload = render("upload.html", upload_values(in_the_middle=False))
        gr.HTML(upload, elem_id="upload", apply_default_css=False)
    report = gr.HTML(elem_id="report", apply_default_css=False)
    words = gr.Textbox(
        placeholder="Filter by name or title", show_label=False, label="Filter", elem_id="filter"
    )
    documents = gr.HTML(elem_id="documents", apply_default_css=False)

    def listed(text: str) -> str:
        return _listing(live, text, changeable=changeable)

    def welcomed() -> str:
        return welcome_html(live, changeable=changeable)

    def started() -> str:
        return welcome_html(live, changeable=changeable, starters=True)

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    words.change(listed, words, documents, **quiet)
    page.load(listed, words, documents, **quiet)
    # questions to start with take a second to find
    page.load(welcomed, None, welcome, **quiet).then(started, None, welcome, **quiet)
    if changeable:
        for changed in _add_changes(live, report, words, documents):
            changed.then(welcomed, None, welcome, **quiet).then(started, None, welcome, **quiet)


def welcome_html(live: Live, *, changeable: bool, starters: bool = False) -> str:
    """Return what an empty chat shows: questions to start with, or where to add documents."""
    try:
        documents, questions = len(live.pipeline().documents), live.starters() if starters else []
    except IndexMissing:
        documents, questions = 0, []
    except RagError as error:
        return _notice(str(error))
    values = {"documents": documents, "starters": questions, "changeable": changeable}
    return render("welcome.html", {**values, **upload_values(in_the_middle=True)})


def upload_values(*, in_the_middle: bool) -> dict[str, object]:
    """Return the values for upload.html."""
    limit = BuildConfig().file_bytes
    return {"suffixes": SUFFIXES, "limit": limit, "in_the_middle": in_the_middle}


def documents_html(
    documents: Sequence[DocumentSummary],
    total: int,
    unreadable: Sequence[tuple[str, str]],
    *,
    changeable: bool = True,
) -> str:
    """Return the documents, which open in the source pane, and the files that were not read.

    If they are `changeable`, they can be chosen, to remove them.
    """
    values = {"documents": documents, "total": total, "unreadable": unreadable}
    return render("documents.html", {**values, "changeable": changeable})


def build_html(
    built: BuildReport, files: Sequence[tuple[str, str]] = (), undo: Sequence[str] = ()
) -> str:
    """Return what a build did, the outcome of each upload, and the files that were not read.

    `undo` are the documents that it removed, if they can be brought back.
    """
    values = {
        "lines": _lines(built),
        "files": files,
        "unreadable": built.unreadable,
        "left_out": built.left_out,
        "undo": json.dumps(undo, ensure_ascii=False) if undo else "",
    }
    return render("build.html", values)


def _add_changes(
    live: Live, report: gr.HTML, words: gr.Textbox, documents: gr.HTML
) -> list[Dependency]:
    """Lay out what changes the index, and return its events."""
    receipts = gr.Textbox(visible="hidden", elem_id="receipts")
    chosen = gr.Dropdown(
        multiselect=True, allow_custom_value=True, visible="hidden", elem_id="chosen"
    )
    remove, undo = (gr.Button(visible="hidden", elem_id=name) for name in ("remove", "undo"))
    with gr.Accordion("Read all files again", open=False, elem_id="reading-again"):
        restore = gr.Checkbox(label="Also those that were removed", value=False, elem_id="restore")
        rebuild = gr.Button("Rebuild", size="sm", elem_id="rebuild")
    added, removed, restored, rebuilt = _changes(live)
    shown = [report, documents]
    private = {
        "api_visibility": "private",
        "concurrency_id": "build",
        "concurrency_limit": 1,
        "show_progress_on": report,
    }
    return [
        receipts.submit(added, [receipts, words], shown, **private),
        remove.click(removed, [chosen, words], shown, js=CHOSEN, **private),
        undo.click(restored, [chosen, words], shown, js=CHOSEN, **private),
        rebuild.click(rebuilt, [restore, words], shown, **private),
    ]


def _changes(live: Live) -> tuple[Callable[..., Shown], ...]:
    """Return the handlers that add, remove, restore and rebuild.

    Each returns its report and the new list of documents.
    """

    def changed(work: Callable[[OnProgress], str], words: str, progress: gr.Progress) -> Shown:
        try:
            html = work(lambda step: progress(_fraction(step), desc=_description(step)))
        except (RagError, OSError) as error:
            html = _notice(str(error))
        return html, _listing(live, words, changeable=True)

    def added(receipts: str, words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        return changed(lambda step: build_html(*live.add(receipts.split(), step)), words, progress)

    def removed(ids: list[str], words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        return changed(lambda step: build_html(live.remove(ids, step), (), ids), words, progress)

    def restored(ids: list[str], words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        return changed(lambda step: build_html(live.restore(ids, step)), words, progress)

    def rebuilt(restore: bool, words: str, progress: gr.Progress = gr.Progress()) -> Shown:
        return changed(
            lambda step: build_html(live.rebuild(step, () if restore else None)), words, progress
        )

    return added, removed, restored, rebuilt


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


def _notice(message: str) -> str:
    return render("notice.html", {"message": message})


def _listing(live: Live, words: str, *, changeable: bool) -> str:
    """Return the documents whose name or title has the words."""
    try:
        index = live.pipeline().index
    except IndexMissing:
        return documents_html([], 0, [], changeable=changeable)
    except RagError as error:
        return _notice(str(error))
    wanted = words.casefold()
    found = [
        item
        for item in index.documents.summaries()
        if wanted in f"{item.id} {item.title}".casefold()
    ]
    unreadable = index.manifest.unreadable
    return documents_html(found[:SHOWN], len(found), unreadable, changeable=changeable)


def _fraction(step: Progress) -> float:
    done = step.done / step.total if step.total else 1.0
    first, last = STAGES[step.stage]
    return first + done * (last - first)


def _description(step: Progress) -> str:
    return f"{step.stage.capitalize()} {step.done:,} of {step.total:,} {step.item}".strip()
