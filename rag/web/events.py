"""Which of the page's events may be called, and with what. Gradio itself would accept more.

Gradio's components read far more from a body than their values: files by path, addresses to fetch,
a whole conversation to repeat. So the original body is never passed on: a new one is made of plain
text, numbers and lists of text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

from rag.web.refusal import Refused

Kind = Literal["text", "count", "flag", "texts"]

KINDS = {
    "text": "a string",
    "count": "a whole number",
    "flag": "true or false",
    "texts": "a list of strings",
}
EMPTY: Mapping[Kind, object] = {"text": "", "texts": []}  # the page sends null for an empty field
MAX_TEXTS = 1000
SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """What an event takes.

    Programs may call a `public` event by its name, and its values have `names`. An event that
    `changes` the index needs that right. The last values may be left out: `optional` holds their
    defaults.
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
    "answered": Event(("text", "texts")),
    "scopes": Event(),
    "starters": Event(),
    "listed": Event(("text",)),
    "gathered": Event(),
    "added": Event(("text", "text"), changes=True),
    "removed": Event(("texts", "text"), changes=True),
    "rebuilt": Event(("flag", "text"), changes=True),
}


def named_call(name: str, body: bytes, *, named_values: bool) -> bytes:
    """Return the body that calls a public event by name; raises Refused.

    The original has its values by name if `named_values`, otherwise in a list.
    """
    event = EVENTS.get(name)
    if event is None or not event.public:
        names = ", ".join(public_names())
        raise Refused(404, f"There is no such function. The functions are: {names}")
    fields = _fields(body)
    if named_values:
        defaults = dict(zip(reversed(event.names), reversed(event.optional), strict=False))
        values = {**defaults, **fields}
        fields = {"data": [values[name] for name in event.names if name in values]}
    return json.dumps({"data": _values(event, fields)}).encode()


def numbered_call(numbers: Mapping[int, str], body: bytes) -> tuple[Event, bytes]:
    """Return the event that the page calls by number, and the body for it; raises Refused."""
    fields = _fields(body)
    number, session, trigger = (
        fields.get("fn_index"),
        fields.get("session_hash"),
        fields.get("trigger_id"),
    )
    if type(number) is not int or number not in numbers:
        raise Refused(404, "There is no such event")
    if not isinstance(session, str) or not SESSION.fullmatch(session):
        raise Refused(400, "session_hash must be 1 to 64 letters or digits")
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
    """Return the body that ends or resets an event of a session; raises Refused."""
    fields = _fields(body)
    session, number, event = (
        fields.get("session_hash"),
        fields.get("fn_index"),
        fields.get("event_id", ""),
    )
    if not all(isinstance(name, str) and SESSION.fullmatch(name) for name in (session, event)):
        raise Refused(400, "session_hash and event_id must be 1 to 64 letters or digits")
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
        raise Refused(400, "The request is not JSON-RPC 2.0")
    text = json.dumps(fields, ensure_ascii=False)
    return text.encode("utf-8", "replace")  # replaces lone surrogates


def public_names() -> list[str]:
    """Return the names of the functions that programs may call."""
    return [name for name, event in EVENTS.items() if event.public]


def _fields(body: bytes) -> dict[str, object]:
    """Return the fields of a JSON object; raises Refused."""
    try:
        fields = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The request is not JSON") from error
    if not isinstance(fields, dict):
        raise Refused(400, "The request is not a JSON object")
    return fields


def _refuse_constant(name: str) -> NoReturn:
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
        raise Refused(400, f"data has {len(data):,} values instead of {len(event.takes)}")
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
    """Return a value of this kind, with lone surrogates replaced; raises Refused."""
    if kind == "text" and isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if (kind == "flag" and isinstance(value, bool)) or (
        kind == "count" and type(value) is int and abs(value) < 2**31
    ):
        return value
    if kind == "texts" and isinstance(value, list) and len(value) <= MAX_TEXTS:
        return [_value(number, "text", item) for item in value]
    raise Refused(400, f"Value {number} of data is not {KINDS[kind]}")
