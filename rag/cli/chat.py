"""A conversation in the terminal: the words that answer are bold, a place opens its file."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.asking import PROMPT
from rag.cli.printing import answer_text, failed, width
from rag.cli.scoping import scope_of
from rag.cli.styled import PLAIN, Style, styles
from rag.config import AskConfig
from rag.errors import QuestionError
from rag.scope import Scope
from rag.types import Citation

if TYPE_CHECKING:
    from rag.index import Index
    from rag.pipeline import Pipeline


def chat_command(options: argparse.Namespace) -> int:
    """Answer one question after the other until the input ends."""
    from rag.pipeline import Pipeline

    pipeline = Pipeline.open(options.index, AskConfig(threshold=options.threshold))
    pipeline.index.rows(scope := scope_of(options))  # raises at once if it is empty
    style = Style(_file_links(pipeline.index)) if styles(sys.stdout) else PLAIN
    count = len(pipeline.documents)
    print(f"Ask {count:,} document{'s' if count != 1 else ''}. Ctrl-D ends the conversation.\n")
    with suppress(KeyboardInterrupt):
        _talk(pipeline, scope, style)
    print()
    return 0


def _talk(pipeline: "Pipeline", scope: Scope, style: Style) -> None:
    history: list[str] = []
    for question in _questions():
        try:
            answer = pipeline.ask(question, history, scope)
        except QuestionError as error:
            failed(str(error))
            continue
        print(f"\n{answer_text(answer, width(), style)}\n", flush=True)
        history.append(question)


def _questions() -> Iterator[str]:
    """Yield the lines typed that are not blank; with editing and recall where Python has it."""
    with suppress(ImportError):
        import readline  # noqa: F401  input() uses it once it is loaded
    prompt = PROMPT if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        if line:
            yield line


def _file_links(index: "Index") -> Callable[[Citation], str]:
    """Return what gives the address of a citation's file; the folders are walked at first use."""

    @cache
    def files() -> dict[str, Path]:
        from rag.indexing import files_of

        roots = [root for path in index.manifest.paths if (root := Path(path)).exists()]
        return {file.id: file.path for file in files_of(roots, index.folder)}

    def link(citation: Citation) -> str:
        path = files().get(citation.document_id)
        page = f"#page={citation.page}" if citation.page and citation.unit == "page" else ""
        return f"{path.resolve().as_uri()}{page}" if path else ""

    return link
