"""One answer to a question that holds several, made from the answers to its parts."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.asking.parts import parts
from rag.asking.subjects import the_one
from rag.said import Joined, Said
from rag.types import Answer, Citation

LONGEST_NAME = 6  # words that "it" or "she" may mean


def answered(question: str, answer: Callable[[str], Answer]) -> Answer:
    """Return the answer to a question, made from the answers to its parts if it has several.

    "Where was he born?" after "Who leads Acme?" is asked of the one who was found. If no part is
    answered, the question is asked as it is.
    """
    asked = parts(question)
    if len(asked) == 1:
        return answer(question)
    answers = [answer(asked[0])]
    who = the_one(asked[0].rstrip("?"))
    known = found_name(answers[0]) or who
    answers += [answer(part.replace(who, known, 1)) for part in asked[1:]]
    return together(question, answers) if any(answers) else answer(question)


def found_name(answer: Answer) -> str:
    """Return the words that answer a question, "" if they are none or too many for a name."""
    if not answer or not answer.citations[0].marks:
        return ""
    best = answer.citations[0]
    start, end = best.marks[0]
    words = best.quote[start - best.start : end - best.start]
    return words if len(words.split()) <= LONGEST_NAME else ""


def together(question: str, answers: Sequence[Answer]) -> Answer:
    """Return one answer with the quotes of all; its note names the parts without an answer.

    Its confidence is the lowest of the parts that are answered.
    """
    found = [answer for answer in answers if answer]
    citations: list[Citation] = []
    for answer in found:
        for citation in answer.citations:
            _add(citations, citation)
    citations = [replace(one, number=number) for number, one in enumerate(citations, 1)]
    notes = [answer.note for answer in found if answer.note]
    missing = [_sentence(answer.question) for answer in answers if not answer]
    if missing:
        notes.append(Said("parts_missing", questions=" ".join(missing)))
    return Answer(
        question=question,
        text="\n\n".join(citation.quote for citation in citations),
        kind="span" if citations[0].marks else "sentences",
        confidence=min(answer.confidence for answer in found),
        citations=tuple(citations),
        note=Joined(list(dict.fromkeys(notes))),
    )


def _add(citations: list[Citation], new: Citation) -> None:
    """Add a citation, joined with one that it overlaps."""
    for number, old in enumerate(citations):
        if old.document_id == new.document_id and old.start < new.end and new.start < old.end:
            first, last = sorted((old, new), key=lambda citation: citation.start)
            citations[number] = replace(
                first,
                end=max(old.end, new.end),
                quote=first.quote + last.quote[first.end - last.start :],
                marks=_merged((*old.marks, *new.marks)),
            )
            return
    citations.append(new)


def _merged(marks: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return marks in order; those that overlap become one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _sentence(question: str) -> str:
    return question[:1].upper() + question[1:]
