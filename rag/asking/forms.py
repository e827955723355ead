"""Write the values of a question in the form that the documents use."""

from rag.asking.values import Value, forms_of, values_in
from rag.index import Index
from rag.read.names import TOKEN

LOOKED_AT = 8  # passages of each search
MOST = 16  # values of a question that are looked up: each costs two searches


def in_documents_form(question: str, index: Index) -> str:
    """Return the question with its first values as the nearest passages that have them do."""
    for value in reversed(values_in(question)[:MOST]):
        written = _written(value, question, index)
        question = question[: value.start] + written + question[value.end :]
    return question


def _written(value: Value, question: str, index: Index) -> str:
    """Return the value as the documents have it; unchanged if they have it so, or not at all."""
    typed = question[value.start : value.end]
    forms = " ".join(forms_of(value))
    around = f"{question[: value.start]} {forms} {question[value.end :]}"
    rows = dict.fromkeys(
        int(row) for text in (around, forms) for row in index.lexical.search(text, LOOKED_AT)[1]
    )
    texts = [index.passages[row].embedded for row in rows]
    same = [
        text[found.start : found.end]
        for text in texts
        for found in values_in(text)
        if found.meanings & value.meanings
    ]
    as_typed = _tokens(typed)
    return typed if not same or as_typed in map(_tokens, same) else same[0]


def _tokens(text: str) -> list[str]:
    """Return the words of a value; a plural is the same, as a search finds it, too."""
    return [word.casefold().removesuffix("s") for word in TOKEN.findall(text)]
