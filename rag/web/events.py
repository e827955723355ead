"""Which of the page's events may be called and with what; everything else that Gradio would accept stops here.

Gradio's components read far more out of a body than their values: files by their path, addresses to fetch, a whole
conversation to say again. So what came is never passed on: a new body is made of plain text, numbers and lists of text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

from rag.web.refusal import Refused

Kind = Literal["text", "count", "flag", "texts"]

KINDS = {
    "text": "a text",
    "count": "a whole number",
    "flag": "true or false",
    "texts": "a list of texts",
}
EMPTY: Mapping[Kind, object] = {"text": "", "texts": []}  # of the page's fields, which send null
MAX_TEXTS = 1000
SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """What an event takes. A `public` one is called by its name, too; one that `changes` the index needs the right to.

    `names` are those of the values of a public one. `optional` values may be left out at the end; these are taken then.
    """

    takes: tuple[Kind, ...] = ()
    names: tuple[str, ...] = ()
    public: bool = False
    changes: bool = False
    optional: tuple[object, ...] = ()


SCOPE_NAMES = ("documents", "folders", "types", "since", "until")
SCOPE_KINDS: tuple[Kind, ...] = ("texts", "texts", "texts", "text", "text")
EVERYTHING: tuple[object, ...] = ([], [], [], "", "")

EVENTS: Mapping[str, Event] = {
    "ask": Event(
        ("text", *SCOPE_KINDS), ("question", *SCOPE_NAMES), public=True, optional=EVERYTHING
    ),
    "search": Event(
        ("text", "count", *SCOPE_KINDS),
        ("question", "k", *SCOPE_NAMES),
        public=True,
        optional=(10, *EVERYTHING),
    ),
    "documents": Event(public=True),
    "answered": Event(("text",)),
    "starters": Event(),
    "listed": Event(("text",)),
    "gathered": Event(),
    "added": Event(("text", "text"), changes=True),
    "removed": Event(("texts", "text"), changes=True),
    "rebuilt": Event(("flag", "text"), changes=True),
}


def named_call(name: str, body: bytes, *, named_values: bool) -> bytes:
    """Return the body of a call of a public event by its name, its values in a list or by theirs; raises Refused."""
    event = EVENTS.get(name)
    if event is None or not event.public:
        raise Refused(
            404, "There is no function of this name. There are: " + ", ".join(public_names())
        )
    fields = _fields(body)
    if named_values:
        usual = dict(zip(reversed(event.names), reversed(event.optional), strict=False))
        given = {**usual, **fields}
        fields = {"data": [given[value] for value in event.names if value in given]}
    return json.dumps({"data": _values(event, fields)}).encode()


def numbered_call(numbers: Mapping[int, str], body: bytes) -> tuple[Event, bytes]:
    """Return the event that the page calls by its number, and the body for it; raises Refused."""
    fields = _fields(body)
    number, session, trigger = (
        fields.get("fn_index"),
        fields.get("session_hash"),
        fields.get("trigger_id"),
    )
    if type(number) is not int or number not in numbers:
        raise Refused(404, "There is no event of this number")
    if not isinstance(session, str) or not SESSION.fullmatch(session):
        raise Refused(400, "session_hash is not 1 to 64 letters and digits")
    if trigger is not None and type(trigger) is not int:
        raise Refused(400, "trigger_id is not a whole number")
    event = EVENTS[numbers[number]]
    call = {
        "data": _values(event, fields),
        "fn_index": number,
        "session_hash": session,
        "trigger_id": trigger,
    }
    return event, json.dumps(call).encode()


def ended_call(body: bytes) -> bytes:
    """Return the body that ends an event of a session, or resets it; raises Refused."""
    fields = _fields(body)
    session, number, event = (
        fields.get("session_hash"),
        fields.get("fn_index"),
        fields.get("event_id", ""),
    )
    if not all(isinstance(name, str) and SESSION.fullmatch(name) for name in (session, event)):
        raise Refused(400, "session_hash or event_id is not 1 to 64 letters and digits")
    if type(number) is not int:
        raise Refused(400, "fn_index is not a whole number")
    return json.dumps({"session_hash": session, "fn_index": number, "event_id": event}).encode()


def rpc_message(body: bytes) -> bytes:
    """Return a request or notification of JSON-RPC 2.0; raises Refused for anything else."""
    fields = _fields(body)
    ok = fields.get("jsonrpc") == "2.0" and isinstance(fields.get("method"), str)
    ok = (
        ok
        and type(fields.get("id", 0)) in {int, str}
        and isinstance(fields.get("params", {}), dict)
    )
    if not ok:
        raise Refused(400, "What was sent is not a request of JSON-RPC 2.0")
    return json.dumps(fields, ensure_ascii=False).encode(
        "utf-8", "replace"
    )  # half a character is none


def public_names() -> list[str]:
    """Return the names of the functions that programs may call."""
    return [name for name, event in EVENTS.items() if event.public]


def _fields(body: bytes) -> dict[str, object]:
    """Return the fields of a JSON object; raises Refused."""
    try:
        fields = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "What was sent is not JSON") from error
    if not isinstance(fields, dict):
        raise Refused(400, "What was sent is not a JSON object")
    return fields


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _values(event: Event, fields: Mapping[str, object]) -> list[object]:
    data = fields.get("data")
    if not isinstance(data, list):
        raise Refused(400, "data is missing, or not a list")
    missing = len(event.takes) - len(data)
    data += (
        event.optional[len(event.optional) - missing :]
        if 0 < missing <= len(event.optional)
        else ()
    )
    if len(data) != len(event.takes):
        raise Refused(400, f"data holds {len(data):,} values where {len(event.takes)} belong")
    if not event.public:
        data = [
            EMPTY.get(kind) if value is None else value
            for kind, value in zip(event.takes, data, strict=True)
        ]
    return [
        _value(number, kind, value)
        for number, (kind, value) in enumerate(zip(event.takes, data, strict=True), 1)
    ]


def _value(number: int, kind: Kind, value: object) -> object:
    """Return a value if it is of its kind, lone surrogates replaced; raises Refused."""
    if kind == "text" and isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if (kind == "flag" and isinstance(value, bool)) or (
        kind == "count" and type(value) is int and abs(value) < 2**31
    ):
        return value
    if kind == "texts" and isinstance(value, list) and len(value) <= MAX_TEXTS:
        return [_value(number, "text", item) for item in value]
    raise Refused(400, f"Value {number} of data is not {KINDS[kind]}")
