"""LlamaIndex: nodes with the offsets of the stored text."""

import pytest

from rag import Pipeline, Scope
from rag.adapters.llamaindex import FootnoteRetriever
from tests.adapters.questions import ASKED, UNANSWERED


@pytest.mark.parametrize("quotes", [False, True])
def test_a_node_is_a_slice_of_the_stored_text(pipeline: Pipeline, quotes: bool) -> None:
    found = FootnoteRetriever(pipeline, 3, quotes=quotes).retrieve(ASKED)
    assert 1 <= len(found) <= 3
    for scored in found:
        node = scored.node
        text = pipeline.documents[node.metadata["document_id"]].text
        assert text[node.start_char_idx : node.end_char_idx] == node.text
        assert scored.score > 0
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_refusal_retrieves_no_quotes_and_a_scope_holds(pipeline: Pipeline) -> None:
    assert FootnoteRetriever(pipeline, quotes=True).retrieve(UNANSWERED) == []
    scoped = FootnoteRetriever(pipeline, scope=Scope(folders=("space",))).retrieve(ASKED)
    assert {one.node.metadata["document_id"] for one in scoped} == {"space/mars.md"}
