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
MAX_FIELD = 64  # characters of an unknown field that an error repeats
SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """What an event takes.

    Programs may call a `public` event by its name, and its values have `names`. An event that
    `changes` the index needs that right. The last values may be left out, or null: `optional` holds
    their defaults.
    """

    takes: tuple[Kind, ...] = ()
    names: tuple[str, ...] = ()
    public: bool = False
    changes: bool = False
    optional: tuple[object, ...] = ()


SCOPE_NAMES = ("documents", "folders", "types", "since", "until", "without")
SCOPE_KINDS: tuple[Kind, ...] = ("texts", "texts", "texts", "text", "text", "texts")
EVERYTHING: tuple[object, ...] = ([], [], [], "", "", [])

EVENTS: Mapping[str, Event] = {
    "ask": Event(
        ("text", *SCOPE_KINDS),
        ("question", *SCOPE_NAMES),
        public=True,
        optional=EVERYTHING,
    ),
    "search": Event(
        ("text", "count", *SCOPE_KINDS),
        ("question", "k", *SCOPE_NAMES),
        public=True,
        optional=(10, *EVERYTHING),
    ),
    "documents": Event(public=True),
    "scopes": Event(),
    "welcomed": Event(),
    "started": Event(),
    "listed": Event(("text",)),
    "gathered": Event(),
    "added": Event(("text", "text"), changes=True),
    "removed": Event(("texts", "text"), changes=True),
    "restored": Event(("texts", "text"), changes=True),
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
    values = (
        list(named_values_of(name, fields).values()) if named_values else _values(event, fields)
    )
    return json.dumps({"data": values}).encode()


def named_values_of(
    name: str, fields: Mapping[str, object], events: Mapping[str, Event] = EVENTS
) -> dict[str, object]:
    """Return all values of a public event by name, with defaults for those left out or null.

    Raises Refused for a field that the event does not take, or a value of another type.
    """
    event = events[name]
    unknown = next((field for field in fields if field not in event.names), None)
    if unknown is not None:
        field = _clean(unknown)[:MAX_FIELD]
        takes = ", ".join(event.names) or "nothing"
        raise Refused(400, f"{name} does not take {field}. It takes: {takes}")
    values: dict[str, object] = {}
    for field, kind, default in zip(event.names, event.takes, _defaults(event), strict=True):
        if field not in fields and default is None:
            raise Refused(400, f"{field} is missing")
        value = fields.get(field)
        values[field] = _value(field, kind, default if value is None else value)
    return values


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


def json_object(body: bytes) -> bytes:
    """Return a JSON object as plain JSON in UTF-8; raises Refused for anything else."""
    text = json.dumps(_fields(body), ensure_ascii=False)
    return text.encode("utf-8", "replace")  # replaces lone surrogates


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
    return json_object(body)


def called_tool(message: bytes) -> str:
    """Return the name of the tool that a JSON-RPC message calls, "" if it calls none."""
    fields = json.loads(message)
    name = fields.get("params", {}).get("name") if fields["method"] == "tools/call" else ""
    return name if isinstance(name, str) else ""


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
    most, least = len(event.takes), len(event.takes) - len(event.optional)
    if not least <= len(data) <= most:
        raise Refused(400, f"data has {len(data):,} values instead of {most}")
    data = [*data, *[None] * (most - len(data))]
    return [
        _value(f"Value {number} of data", kind, default if value is None else value)
        for number, (kind, value, default) in enumerate(
            zip(event.takes, data, _defaults(event), strict=True), 1
        )
    ]


def _defaults(event: Event) -> list[object]:
    """Return what replaces null at each position; None where a value is required."""
    if not event.public:
        return [EMPTY.get(kind) for kind in event.takes]
    return [*[None] * (len(event.takes) - len(event.optional)), *event.optional]


def _value(label: str, kind: Kind, value: object) -> object:
    """Return a value of this kind, with lone surrogates replaced; raises Refused."""
    if kind == "text" and isinstance(value, str):
        return _clean(value)
    if (kind == "flag" and isinstance(value, bool)) or (
        kind == "count" and type(value) is int and abs(value) < 2**31
    ):
        return value
    if kind == "texts" and isinstance(value, list):
        if len(value) > MAX_TEXTS:
            raise Refused(400, f"{label} has {len(value):,} names; the limit is {MAX_TEXTS:,}")
        if all(isinstance(item, str) for item in value):
            return [_clean(item) for item in value]
    raise Refused(400, f"{label} is not {KINDS[kind]}")


def _clean(text: str) -> str:
    """Return text with lone surrogates replaced."""
    return text.encode("utf-8", "replace").decode()
