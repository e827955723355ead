"""LlamaIndex: a retriever whose nodes know their place (`footnote-rag[llamaindex]`)."""

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.adapters.fields import found_for, name_of
from rag.pipeline import Pipeline
from rag.scope import Scope


class FootnoteRetriever(BaseRetriever):  # type: ignore[misc]  # installed only with the extra
    """Returns the `k` nearest passages; with `quotes`, what answers, and nothing for a refusal.

    `start_char_idx` and `end_char_idx` of a node are offsets of the document's text.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        k: int = 10,
        scope: Scope | None = None,
        *,
        quotes: bool = False,
    ) -> None:
        self._pipeline, self._k, self._scope = pipeline, k, scope or Scope()
        self._quotes = quotes
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question: str = query_bundle.query_str
        found = found_for(self._pipeline, question, self._k, self._scope, quotes=self._quotes)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=name_of(place),
                    text=words,
                    start_char_idx=place["start"],
                    end_char_idx=place["end"],
                    metadata=dict(place),
                ),
                score=score,
            )
            for words, score, place in found
        ]
