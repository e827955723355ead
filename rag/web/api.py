"""REST: the functions that programs call by name. Gradio publishes their docstrings."""

from asyncio import wrap_future
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from rag.errors import RagError
from rag.web.caller import Asker, asker_of
from rag.web.fields import Fields
from rag.web.functions import Functions
from rag.web.refusal import said_by
from rag.web.scopes import scope_of

ALL: list[str] = []  # a list, since Gradio publishes the defaults of parameters


def add_api(functions: Functions) -> None:
    """Add the functions to the page being laid out."""
    api = Api(functions)
    for function in (api.ask, api.search):
        gr.api(function, api_name=function.__name__, concurrency_limit=None)
    gr.api(api.documents, api_name="documents")


class Api:
    """The three functions; callers see errors in our words."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    async def ask(
        self,
        request: gr.Request,
        question: str,
        documents: list[str] = ALL,
        folders: list[str] = ALL,
        types: list[str] = ALL,
        since: str = "",
        until: str = "",
        without: list[str] = ALL,
    ) -> Fields:
        """Answer a question with verbatim quotes from the indexed documents, or refuse.

        Args:
            question: the question, in plain language
            documents: ids of the documents that may answer; empty for all
            folders: folders of the documents that may answer; empty for all
            types: file types of the documents that may answer, such as pdf; empty for all
            since: the first day on which a file may have been changed, such as 2025-07-31; empty
                for all
            until: the last day on which a file may have been changed; empty for all
            without: ids of the documents to leave out; empty for all

        Returns:
            question, asked (the question as understood, if that differs), text, kind ("sentences"
            or "span"; "none" for a refusal; "documents" or "talk" for a text without quotes), note
            (a sentence about the answer, or empty), confidence (0 to 1), citations (number,
            document_id, title, page, heading, start, end, quote, context, and marks: the start and
            end, in the document, of the words that answer), nearest (passages, for a refusal only)
        """
        with _errors_shown():
            scope = scope_of(documents, folders, types, since, until, without)
            return await wrap_future(self._functions.ask(_asker(request), question, scope))

    async def search(
        self,
        request: gr.Request,
        question: str,
        k: int = 10,
        documents: list[str] = ALL,
        folders: list[str] = ALL,
        types: list[str] = ALL,
        since: str = "",
        until: str = "",
        without: list[str] = ALL,
    ) -> list[Fields]:
        """Find the passages closest to a question.

        Args:
            question: the question, in plain language
            k: how many passages to return, 1 to 100
            documents: ids of the documents to search; empty for all
            folders: folders of the documents to search; empty for all
            types: file types of the documents to search, such as pdf; empty for all
            since: the first day on which a file may have been changed, such as 2025-07-31; empty
                for all
            until: the last day on which a file may have been changed; empty for all
            without: ids of the documents to leave out; empty for all
        """
        with _errors_shown():
            scope = scope_of(documents, folders, types, since, until, without)
            return await wrap_future(self._functions.search(_asker(request), question, k, scope))

    def documents(self) -> Fields:
        """List the indexed documents, and the files that could not be read, with reasons."""
        with _errors_shown():
            return self._functions.documents()


def _asker(request: gr.Request) -> Asker:
    return asker_of(request.request, "gradio")


@contextmanager
def _errors_shown() -> Iterator[None]:
    """Show errors to the caller in our words."""
    try:
        yield
    except RagError as error:
        raise gr.Error(said_by(error), print_exception=False) from error
