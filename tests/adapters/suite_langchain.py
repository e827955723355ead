"""LangChain's own suite for retrievers, and the law of offsets."""

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from rag import Pipeline, Scope
from rag.adapters.langchain import FootnoteRetriever
from tests.adapters.questions import ASKED, UNANSWERED


class TestFootnoteRetriever(RetrieversIntegrationTests):  # type: ignore[misc]
    @pytest.fixture(autouse=True)
    def _with_pipeline(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    @property
    def retriever_constructor(self) -> type[FootnoteRetriever]:
        return FootnoteRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, object]:
        return {"pipeline": self._pipeline}

    @property
    def retriever_query_example(self) -> str:
        return "the planet Mars, its moons and how tea is steeped"


@pytest.mark.parametrize("quotes", [False, True])
def test_a_document_is_a_slice_of_the_stored_text(pipeline: Pipeline, quotes: bool) -> None:
    found = FootnoteRetriever(pipeline=pipeline, quotes=quotes).invoke(ASKED)
    assert found
    for document in found:
        place = document.metadata
        text = pipeline.documents[place["document_id"]].text
        assert text[place["start"] : place["end"]] == document.page_content


def test_a_refusal_retrieves_no_quotes_and_a_scope_holds(pipeline: Pipeline) -> None:
    assert FootnoteRetriever(pipeline=pipeline, quotes=True).invoke(UNANSWERED) == []
    scoped = FootnoteRetriever(pipeline=pipeline, scope=Scope(folders=("space",))).invoke(ASKED)
    assert {document.metadata["document_id"] for document in scoped} == {"space/mars.md"}
