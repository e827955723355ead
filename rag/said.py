"""What the program says to a person, by kind, in English.

The page says the same in other languages: it knows a text by its kind, never by its words.
"""

from collections.abc import Mapping, Sequence
from typing import Self

Form = str | Sequence[str]  # with {names} for values; if there are two, the first is for one ("n")

TEXTS: dict[str, Form] = {
    # a refusal, and notes about answers
    "refusal": "The documents do not answer this.",
    "for_another": "The documents give this for {other}, not for {name}.",
    "about_another": "The nearest passage is about {other}, not {name}.",
    "not_mentioned": "The documents do not mention {name}.",
    "not_spoken_of": "The nearest passage does not speak of {name}.",
    "list_longer": "The list is longer than what is quoted.",
    "list_part": "{shown} of {n} items are quoted.",
    "list_whole": "The list has {n} items.",
    "places_differ": "Two places in {title} differ.",
    "documents_differ": "These documents differ: {names}.",
    "parts_missing": "The documents do not say: {questions}",
    # small talk
    "talk_program": "I answer from your documents, word for word, and show where each answer is.",
    "talk_thanks": "You are welcome.",
    "talk_farewell": "Goodbye.",
    "talk_greeting": "Hello!",
    "talk_nod": "All right.",
    "talk_nothing": "There are no documents to ask about yet.",
    "talk_about": "Ask me about {names}, which documents there are, or for a summary.",
    "either": "{one} or {other}",
    # questions about the documents
    "documents": ("{n} document", "{n} documents"),
    "passages": ("{n} passage", "{n} passages"),
    "listed": "{documents}: {types}.",
    "listed_newest": "{documents}: {types}; newest first.",
    "listed_oldest": "{documents}: {types}; oldest first.",
    "of_type": "{n} {type}",
    "without_suffix": "without suffix",
    "none_yet": "There are no documents yet.",
    "none_of_type": "There are no documents of type {type}, but {n} of others.",
    "matching": ("{n} document match “{name}”:", "{n} documents match “{name}”:"),
    "and_more": "and {n} more",
    "last_changed": "{name} was last changed on {day}; other dates are not kept.",
    "no_date": "{name} has no known date.",
    "has": "{name} has {things}.",
    "has_listed": "{name} has {things}:",
    "no_pages": "no pages",
    "no_table": "no table",
    "tables": ("{n} table", "{n} tables"),
    "yes": "Yes:",
    "no_sentence": "{name} holds no sentence.",
    "no_sentences": "The documents hold no sentence.",
    "central": "Central sentences of {name}.",
    "headings": "Its headings: {headings}",
    "central_each": "The most central sentence of each of the {n} newest of {documents}.",
    "summarise": "Summarise “{title}”",
    # where something is
    "page": "page {number}",
    "slide": "slide {number}",
    "row": "row {number}",
    "cell": "cell {number}",
    "message": "message {number}",
    "minute": "minute {number}",
    "line": "line {number}",
    "pages": ("{n} page", "{n} pages"),
    "slides": ("{n} slide", "{n} slides"),
    "rows": ("{n} row", "{n} rows"),
    "cells": ("{n} cell", "{n} cells"),
    "messages": ("{n} message", "{n} messages"),
    "minutes": ("{n} minute", "{n} minutes"),
    "lines": ("{n} line", "{n} lines"),
    "labelled": "{place} ({number} in the file)",
    "recognised": "read from a picture",
    "also_in": "also in {names}",
    # what cannot be done
    "question_empty": "The question is empty. Type a question",
    "question_long": "The question has {n} characters; the limit is {limit}. Shorten it",
    "scope_empty": "No document is in this scope. List the documents: rag documents",
    "busy": (
        "Busy: {n} question is waiting. Ask again in {seconds} s",
        "Busy: {n} questions are waiting. Ask again in {seconds} s",
    ),
    "document_unknown": "No document {name} in the index. List the documents: rag documents",
    "revision_unknown": "Revision {revision} of {name} is not kept. "
    "List those that are: rag diff {name} --list",
    "no_revisions": "{name} has one revision: there is nothing to compare. "
    "To keep earlier ones: rag build --keep 5",
    "no_passage": "{name} has no passage from character {start} to {end}. Select some words",
    "file_gone": "The file of {name} is no longer where it was. Rebuild the index",
    "file_changed": "The file of {name} has changed since it was indexed. Rebuild the index",
    "reading_busy": "Too many files are being read. Try again in a few seconds",
    "building": "Another build is writing {folder}. Wait for it to end, then try again",
    "uploads_kept": "{error}. The uploaded files are kept and read at the next rebuild",
    "suffix_unknown": "{name}: files ending in {suffix} are not read",
    "upload_deleted": "{name} was deleted before it was complete. Send it again",
    "uploads_waiting": "Too many uploads are waiting to be indexed. Try again later",
    # what became of an uploaded file
    "a_file": "A file",
    "upload_gone": "no longer here: send it again",
    "upload_added": "added",
    "upload_same": "already uploaded",
    "upload_renamed": "added under this name: there is another {name}",
    "upload_unread": "not added: {reason}",
    "changes_refused": "This server does not accept changes. "
    "To allow them with a key: rag serve --password-file FILE",
    "index_read_only": "This server reads a published index. Change the folder that is published",
    "key_needed": "This needs a key",
    "user_needed": "This needs a user. Come through the proxy, which signs users in",
    "may_only_ask": "{name} may ask, but not add, remove or rebuild",
    "too_many_questions": "The limit is {n} questions a minute. Ask again in {seconds} s",
    "text_long": "The text is over the limit of {n} characters",
    "text_unread": "{name} cannot be read: {reason}",
    "text_too_long": "{name} has {n} characters; the limit is {limit}. "
    "Check a part of it, or use rag check",
    "other_site": "Requests from other sites are refused",
    "too_large": "The request is over the limit of {n} bytes",
    "not_saved": "{name} cannot be saved: {error}",
    "went_wrong": "Something went wrong. The log of the server has the details",
    # verdicts of people
    "verdict_none": "This is not a verdict on an answer",
    "verdict_no_question": "Ask a question first",
    "verdict_no_place": "Select the words that answer in the document first",
    "verdict_long": "The selection has {n} characters; the limit is {limit}. "
    "Select only the words that answer",
    "verdict_blank": "The selection is blank. Select the words that answer",
    "verdict_changed": "{name} has changed since it was shown here. Reopen it, or ask again",
    "unjudged": "called wrong, and the right place was not pointed at",
    "quoted_gone": "{name} is no longer in the index",
    "quoted_changed": "{name} has changed and no longer holds the quote",
}


class Said(str):
    """A text of the program: its English words, and the kind and values that they are made of."""

    kind: str
    values: Mapping[str, object]

    def __new__(cls, kind: str, **values: object) -> Self:
        """Say what this kind says of these values."""
        said = super().__new__(cls, filled(TEXTS[kind], values))
        said.kind, said.values = kind, values
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """Return what a copy is made of."""
        return (self.kind,), dict(self.values)


class Joined(Said):
    """Several texts as one, with this between them."""

    texts: tuple[str, ...]
    between: str

    def __new__(cls, texts: Sequence[str], between: str = " ") -> Self:
        """Join the texts."""
        joined = str.__new__(cls, between.join(texts))
        joined.texts, joined.between = tuple(texts), between
        return joined

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """Return what a copy is made of."""
        return (self.texts, self.between), {}


def counted(noun: str, count: int) -> Said:
    """Return a number with its noun, as in "1 document" or "1,000 documents"."""
    return Said(f"{noun}s", n=count)


def filled(form: Form, values: Mapping[str, object], thousands: str = ",") -> str:
    """Return a form with its values. If it has two, the first is for n = 1."""
    if not isinstance(form, str):
        form = form[0] if values["n"] == 1 else form[-1]
    shown = {
        name: f"{value:,}".replace(",", thousands) if type(value) is int else value
        for name, value in values.items()
    }
    return form.format_map(shown)
