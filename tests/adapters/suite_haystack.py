"""Haystack: its offsets, checked against its own documents, are the offsets of ours."""

from pathlib import Path

from haystack import ExtractedAnswer
from haystack import Pipeline as HaystackPipeline

from rag import Pipeline
from rag.adapters.haystack import FootnoteExtractor
from tests.adapters.questions import ASKED, UNANSWERED


def test_both_offsets_of_an_answer_give_its_words(index: Path, pipeline: Pipeline) -> None:
    answers = FootnoteExtractor(str(index)).run(query=ASKED)["answers"]
    citations = pipeline.ask(ASKED).citations
    assert len(answers) == len(citations) >= 1
    for answer, citation in zip(answers, citations, strict=True):
        assert isinstance(answer, ExtractedAnswer)
        for text, offset in (
            (answer.document.content, answer.document_offset),
            (answer.context, answer.context_offset),
        ):
            assert text[offset.start : offset.end] == answer.data == citation.quote
        assert ExtractedAnswer.from_dict(answer.to_dict()) == answer


def test_it_works_in_a_pipeline_that_was_saved_and_loaded(index: Path) -> None:
    made = HaystackPipeline()
    made.add_component("footnote", FootnoteExtractor(str(index)))
    loaded = HaystackPipeline.loads(made.dumps(), allowed_modules=["rag.adapters.haystack"])
    found = loaded.run({"footnote": {"query": ASKED}})["footnote"]["answers"]
    assert "95 degrees" in found[0].data


def test_a_refusal_has_no_answers(index: Path) -> None:
    assert FootnoteExtractor(str(index)).run(query=UNANSWERED)["answers"] == []
