"""REST: the functions of the page that programs call by their names, described as Gradio shows them."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from rag.errors import RagError
from rag.web.functions import Fields, Functions, scope_of

ALL: list[str] = []  # Gradio reads the default of a parameter


def add_api(functions: Functions) -> None:
    """Add them to the page that is being laid out."""
    api = Api(functions)
    for function in (api.ask, api.search, api.documents):
        gr.api(function, api_name=function.__name__)


class Api:
    """The three functions. Their errors reach the caller in our words."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def ask(
        self,
        question: str,
        documents: list[str] = ALL,
        folders: list[str] = ALL,
        types: list[str] = ALL,
        since: str = "",
        until: str = "",
    ) -> Fields:
        """Answer a question with verbatim quotes from the indexed documents, or refuse.

        Args:
            question: the question, in plain language
            documents: ids of the documents that may answer; none of these five limits anything when empty
            folders: beginnings of such ids
            types: suffixes, such as pdf
            since: the first day on which their files may have been written, like 2025-07-31
            until: the last such day

        Returns:
            question, text, kind ("sentences", "span" or "none"), confidence (0 to 1), citations (number, document_id,
            title, page, heading, start, end, quote, context, marks: where the words that answer start and end in the
            document), nearest (passages, for a refusal only)
        """
        with _errors_shown():
            return self._functions.ask(question, scope_of(documents, folders, types, since, until))

    def search(
        self,
        question: str,
        k: int = 10,
        documents: list[str] = ALL,
        folders: list[str] = ALL,
        types: list[str] = ALL,
        since: str = "",
        until: str = "",
    ) -> list[Fields]:
        """Find the passages that come closest to a question.

        Args:
            question: the question, in plain language
            k: how many passages, 1 to 100
            documents: ids of the documents that are searched; none of these five limits anything when empty
            folders: beginnings of such ids
            types: suffixes, such as pdf
            since: the first day on which their files may have been written, like 2025-07-31
            until: the last such day
        """
        with _errors_shown():
            return self._functions.search(
                question, k, scope_of(documents, folders, types, since, until)
            )

    def documents(self) -> Fields:
        """List the indexed documents, and the files that could not be read with the reason."""
        with _errors_shown():
            return self._functions.documents()


@contextmanager
def _errors_shown() -> Iterator[None]:
    """Let what went wrong reach the caller in our words."""
    try:
        yield
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from error
