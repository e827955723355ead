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
from rag.web.refusal import said_by
from rag.web.templates import render
from rag.web.wording import ENGLISH, MARKS, Words, words_for

SHOWN = 200  # documents listed at once; the filter finds the others
# Each stage's part of the progress bar
STAGES = {"reading": (0.0, 0.6), "embedding": (0.6, 0.95), "writing": (0.95, 1.0)}
Shown = tuple[str, str]
Outcomes = Sequence[tuple[str, str]]
Work = Callable[[OnProgress], tuple[BuildReport, Outcomes, Sequence[str]]]
CHOSEN = "(_, words) => [JSON.parse(document.body.dataset.chosen ?? '[]'), words]"


def add_documents_panel(page: gr.Blocks, live: Live, welcome: gr.HTML, *, changeable: bool) -> None:
    """Add the panel to the page being laid out: only the list, unless it is `changeable`.

    Its scripts press the hidden buttons. After each change the `welcome` of the chat is made anew.
    """
    if changeable:
        upload = render("upload.html", upload_values(in_the_middle=False), MARKS)
        gr.HTML(upload, elem_id="upload", apply_default_css=False)
    report = gr.HTML(elem_id="report", apply_default_css=False)
    filtered = gr.Textbox(
        placeholder=MARKS("filter_field"),
        show_label=False,
        label=MARKS("filter"),
        elem_id="filter",
    )
    documents = gr.HTML(elem_id="documents", apply_default_css=False)

    def listed(text: str, request: gr.Request) -> str:
        return _listing(live, text, words_for(request.headers), changeable=changeable)

    def welcomed(request: gr.Request) -> str:
        return welcome_html(live, words_for(request.headers), changeable=changeable)

    def started(request: gr.Request) -> str:
        words = words_for(request.headers)
        return welcome_html(live, words, changeable=changeable, starters=True)

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    filtered.change(listed, filtered, documents, **quiet)
    page.load(listed, filtered, documents, **quiet)
    # questions to start with take a second to find
    page.load(welcomed, None, welcome, **quiet).then(started, None, welcome, **quiet)
    if changeable:
        for changed in _add_changes(live, report, filtered, documents):
            changed.then(welcomed, None, welcome, **quiet).then(started, None, welcome, **quiet)


def welcome_html(live: Live, words: Words, *, changeable: bool, starters: bool = False) -> str:
    """Return what an empty chat shows: questions to start with, or where to add documents."""
    try:
        documents, questions = len(live.pipeline().documents), live.starters() if starters else []
    except IndexMissing:
        documents, questions = 0, []
    except RagError as error:
        return _notice(error, words)
    values = {"documents": documents, "starters": questions, "changeable": changeable}
    return render("welcome.html", {**values, **upload_values(in_the_middle=True)}, words)


def upload_values(*, in_the_middle: bool) -> dict[str, object]:
    """Return the values for upload.html."""
    limit = BuildConfig().file_bytes
    return {"suffixes": SUFFIXES, "limit": limit, "in_the_middle": in_the_middle}


def documents_html(
    documents: Sequence[DocumentSummary],
    total: int,
    unreadable: Sequence[tuple[str, str]],
    words: Words = ENGLISH,
    *,
    changeable: bool = True,
) -> str:
    """Return the documents, which open in the source pane, and the files that were not read.

    If they are `changeable`, they can be chosen, to remove them.
    """
    values = {"documents": documents, "total": total, "unreadable": unreadable}
    return render("documents.html", {**values, "changeable": changeable}, words)


def build_html(
    built: BuildReport,
    files: Sequence[tuple[str, str]] = (),
    undo: Sequence[str] = (),
    words: Words = ENGLISH,
) -> str:
    """Return what a build did, the outcome of each upload, and the files that were not read.

    `undo` are the documents that it removed, if they can be brought back.
    """
    values = {
        "lines": _lines(built, words),
        "files": files,
        "unreadable": built.unreadable,
        "left_out": built.left_out,
        "undo": json.dumps(undo, ensure_ascii=False) if undo else "",
    }
    return render("build.html", values, words)


def _add_changes(
    live: Live, report: gr.HTML, filtered: gr.Textbox, documents: gr.HTML
) -> list[Dependency]:
    """Lay out what changes the index, and return its events."""
    receipts = gr.Textbox(visible="hidden", elem_id="receipts")
    chosen = gr.Dropdown(
        multiselect=True, allow_custom_value=True, visible="hidden", elem_id="chosen"
    )
    remove, undo = (gr.Button(visible="hidden", elem_id=name) for name in ("remove", "undo"))
    with gr.Accordion(MARKS("read_again"), open=False, elem_id="reading-again"):
        restore = gr.Checkbox(label=MARKS("restore_removed"), value=False, elem_id="restore")
        rebuild = gr.Button(MARKS("rebuild"), size="sm", elem_id="rebuild")
    added, removed, restored, rebuilt = _changes(live)
    shown = [report, documents]
    private = {
        "api_visibility": "private",
        "concurrency_id": "build",
        "concurrency_limit": 1,
        "show_progress_on": report,
    }
    return [
        receipts.submit(added, [receipts, filtered], shown, **private),
        remove.click(removed, [chosen, filtered], shown, js=CHOSEN, **private),
        undo.click(restored, [chosen, filtered], shown, js=CHOSEN, **private),
        rebuild.click(rebuilt, [restore, filtered], shown, **private),
    ]


def _changes(live: Live) -> tuple[Callable[..., Shown], ...]:
    """Return what adds, removes, restores and rebuilds: each returns a report and the list."""

    def changed(work: Work, text: str, request: gr.Request, progress: gr.Progress) -> Shown:
        words = words_for(request.headers)

        def shown(step: Progress) -> None:
            progress(_fraction(step), desc=_description(step, words))

        try:
            built, files, undo = work(shown)
            html = build_html(built, files, undo, words)
        except (RagError, OSError) as error:
            html = _notice(error, words)
        return html, _listing(live, text, words, changeable=True)

    def added(
        receipts: str, text: str, request: gr.Request, progress: gr.Progress = gr.Progress()
    ) -> Shown:
        return changed(lambda on: (*live.add(receipts.split(), on), ()), text, request, progress)

    def removed(
        ids: list[str], text: str, request: gr.Request, progress: gr.Progress = gr.Progress()
    ) -> Shown:
        return changed(lambda on: (live.remove(ids, on), (), ids), text, request, progress)

    def restored(
        ids: list[str], text: str, request: gr.Request, progress: gr.Progress = gr.Progress()
    ) -> Shown:
        return changed(lambda on: (live.restore(ids, on), (), ()), text, request, progress)

    def rebuilt(
        restore: bool, text: str, request: gr.Request, progress: gr.Progress = gr.Progress()
    ) -> Shown:
        excluded = () if restore else None
        return changed(lambda on: (live.rebuild(on, excluded), (), ()), text, request, progress)

    return added, removed, restored, rebuilt


def _lines(built: BuildReport, words: Words) -> list[str]:
    """Return what a build did, as sentences for separate lines."""
    counts = {
        "documents": words("documents", n=built.documents),
        "passages": words("passages", n=built.passages),
    }
    read = {
        "files": words("files", n=built.parsed),
        "passages": words("passages", n=built.embedded),
        "reused": built.reused,
    }
    seconds = words.decimal(built.seconds)
    lines = [words("built", **counts, seconds=seconds), words("built_read", **read)]
    if not built.changed:
        lines = [words("built_nothing", **counts)]
    lines += [words("built_copy", name=name, other=other) for name, other in built.copies[:20]]
    names = ", ".join(built.removed[:20])
    return lines + ([words("built_removed", names=names)] if names else [])


def _notice(error: RagError | OSError, words: Words) -> str:
    text = words.sentence(said_by(error)) if isinstance(error, RagError) else str(error)
    return render("notice.html", {"message": text})


def _listing(live: Live, text: str, words: Words, *, changeable: bool) -> str:
    """Return the documents whose name or title has the text."""
    try:
        index = live.pipeline().index
    except IndexMissing:
        return documents_html([], 0, [], words, changeable=changeable)
    except RagError as error:
        return _notice(error, words)
    wanted = text.casefold()
    found = [
        item
        for item in index.documents.summaries()
        if wanted in f"{item.id} {item.title}".casefold()
    ]
    unreadable = index.manifest.unreadable
    return documents_html(found[:SHOWN], len(found), unreadable, words, changeable=changeable)


def _fraction(step: Progress) -> float:
    done = step.done / step.total if step.total else 1.0
    first, last = STAGES[step.stage]
    return first + done * (last - first)


def _description(step: Progress, words: Words) -> str:
    said = words(f"stage_{step.stage}", n=step.done, total=step.total, item=step.item)
    return said.strip()
