"""LangChain: a retriever of passages, or of the quotes that answer (`footnote-rag[langchain]`)."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.adapters.fields import found_for, name_of
from rag.pipeline import Pipeline
from rag.scope import Scope


class FootnoteRetriever(BaseRetriever):  # type: ignore[misc]  # installed only with the extra
    """Returns the `k` nearest passages; with `quotes`, what answers, and nothing for a refusal."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    pipeline: Pipeline
    k: int = 10
    scope: Scope = Scope()
    quotes: bool = False

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  LangChain passes it
        k: int | None = None,
    ) -> list[Document]:
        found = found_for(
            self.pipeline, query, self.k if k is None else k, self.scope, quotes=self.quotes
        )
        return [
            Document(id=name_of(place), page_content=words, metadata={**place, "score": score})
            for words, score, place in found
        ]
