"""Check a text against the documents: a verdict on each claim, with the quote that gives it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.checking.claims import Claim, claims_of
from rag.checking.evidence import decided, evidence, replaced
from rag.checking.facts import facts_of
from rag.checking.slots import slot_of
from rag.checking.values import Checked, CheckedText
from rag.citing import cite
from rag.config import AskConfig
from rag.index import Index
from rag.protocols import Encoder, Reader
from rag.read import Examiner, Reading
from rag.read.check import Mentioned, reason
from rag.read.coverage import read_text
from rag.retrieve import retrieve
from rag.scope import Scope
from rag.types import Citation, Document, Hit, Span

READ = 6  # passages that may hold the sentence
COMPARED = 3  # sentences whose meaning is compared with the claim's
SENTENCE_CHARS = 900  # of a sentence, what is compared
MOST_ODDS = 6.0  # log-odds of the reader are cut there
READING = ("names_unknown", "names_before", "other_codes", "other_names")  # of rag.read.check
RANK = {  # which sentences are about the same
    "coverage": 2.0,
    "coverage_before": 0.5,
    "passage_coverage": 1.0,
    "passage_similarity": 1.0,
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """The sentence of the documents that is nearest to a claim, and its features.

    `instead` is what the reader finds there in place of `words` of the claim, a number or a name;
    both may be "".
    """

    span: Span
    found: dict[str, float]
    words: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Checker:
    """Compares claims with the documents of an index."""

    index: Index
    encoder: Encoder
    examiner: Examiner
    reader: Reader
    mentioned: Mentioned
    config: AskConfig

    def check(self, document: Document, scope: Scope) -> CheckedText:
        """Return a verdict on each sentence that states something, in order.

        A quote has the same number wherever it is cited. Raises UnknownDocument, EmptyScope.
        """
        claims, left_out = claims_of(document)
        cited: dict[tuple[str, int, int], Citation] = {}
        checked = []
        for claim in claims:
            found = self._checked(claim, scope)
            if citation := found.citation:
                place = citation.document_id, citation.start, citation.end
                number = replace(citation, number=len(cited) + 1)
                found = replace(found, citation=cited.setdefault(place, number))
            checked.append(found)
        return CheckedText(document.text, tuple(checked), dict(left_out))

    def weighed(self, claim: Claim, scope: Scope) -> Weighed | None:
        """Return the sentence that is nearest to a claim; None if the documents hold none."""
        hits = retrieve(self.index, self.encoder, claim.asked, self.config, READ, scope)
        reading = self.examiner.examine(claim.text, hits)
        if not reading.spans:
            return None
        ranks = reading.ranks(RANK)
        best = sorted(range(len(ranks)), key=lambda row: -float(ranks[row]))[:COMPARED]
        alike = self._alike(claim.text, [read_text(reading.spans[row]) for row in best])
        row, similarity = max(
            zip(best, alike, strict=True), key=lambda pair: float(ranks[pair[0]]) + pair[1]
        )
        return self._compared(claim, reading, row, similarity)

    def _compared(self, claim: Claim, reading: Reading, row: int, similarity: float) -> Weighed:
        """Return a sentence with all its features."""
        span, hit = reading.spans[row], reading.hits[row]
        facts, said = facts_of(claim.text), facts_of(read_text(span))
        slot = slot_of(facts, said)
        found = {
            "similarity": similarity,
            **evidence(facts, span, slot, self.index.lexical.rarity),
            **{name: float(reading.features[name][row]) for name in READING},
            "answers": self._read(claim.text, hit)[0],
            "asked": float(slot is not None),
            "given": 0.0,
            "given_rest": 0.0,
        }
        if slot is None:
            return Weighed(span, found)
        given, instead = self._read(slot.question, hit)
        found |= {"given": given, "given_rest": found["rest"] if given > 0 else 0.0}
        return Weighed(span, found, slot.words, instead if slot.is_value else "")

    def _read(self, question: str, hit: Hit) -> tuple[float, str]:
        """Return the log-odds that a passage answers a question, and the words that answer."""
        spans = self.reader.read(question, [hit])
        if not spans:
            return -MOST_ODDS, ""
        best, text = spans[0], spans[0].passage.document.text
        share = min(max(best.score, 1e-9), 1 - 1e-9)
        odds = math.log(share / (1 - share))
        marked = " ".join(text[start:end] for start, end in best.marks)
        return min(max(odds, -MOST_ODDS), MOST_ODDS), marked

    def _alike(self, claim: str, texts: Sequence[str]) -> list[float]:
        """Return how near the meaning of each text is to the claim's: cosines."""
        shown = [" ".join(text.split())[:SENTENCE_CHARS] for text in texts]
        vectors = self.encoder.encode_questions([claim, *shown])
        alike: list[float] = (vectors[1:] @ vectors[0]).tolist()
        return alike

    def _checked(self, claim: Claim, scope: Scope) -> Checked:
        """Return the verdict on a claim; its citation has the number 1."""
        weighed = self.weighed(claim, scope)
        place = claim.text, claim.start, claim.end
        if weighed is None:
            return Checked(*place, "missing", 1.0)
        verdict, confidence = decided(weighed.found)
        if verdict == "missing":
            given = weighed.found["given"] > 0
            note, _ = reason(claim.text, weighed.span, self.mentioned, lambda _: given)
            return Checked(*place, verdict, confidence, None, note)
        note = _difference(claim, weighed) if verdict == "contradicted" else ""
        return Checked(*place, verdict, confidence, cite(1, weighed.span), note)


def _difference(claim: Claim, weighed: Weighed) -> str:
    """Return a sentence about what a claim has otherwise than the documents, "" if unclear."""
    facts, said = facts_of(claim.text), facts_of(read_text(weighed.span))
    for mine, other in replaced(facts, said):
        if mine.kind in ("number", "name") and mine.form == other.form:
            return f"The documents give {other.text}, not {mine.text}."
    if facts.is_negative != said.is_negative:
        return "Only one of the two says “not”."
    if weighed.instead and weighed.found["given"] > 0:
        return f"The documents give {weighed.instead}, not {weighed.words}."
    return ""
