"""Settings from a file (TOML) and from the environment: defaults of the options of commands.

A setting has the name of its option: `public-url` in the file, `FOOTNOTE_PUBLIC_URL` in the
environment. The command line wins over the environment, the environment over the file. Nothing
outside this module reads either. A setting with several values is a list in the file; in the
environment a line for each, or one line with commas, so that a value may have spaces.
"""

import argparse
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from rag.errors import RagError

PREFIX = "FOOTNOTE_"
FILE = "FOOTNOTE_SETTINGS"  # names the file, like --settings
COMMAND = "serve"  # every option of this command is a setting, and those below
OTHERS = ("encoder", "keep", "workers")
NOT_SETTINGS = ("-h", "settings")
# set in every container by Kubernetes, for a Service whose name begins like a setting
LINK = re.compile(
    r"FOOTNOTE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?"
    r"|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
    r"|(FOOTNOTE_(?:\w+_)?PORT)",
    re.ASCII,
)
LINKED = re.compile(r"(?:tcp|udp|sctp)://")
WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Settings = Mapping[str, tuple[str, object]]  # by option: where a value comes from, and the value


def parsed(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, environment: Mapping[str, str]
) -> argparse.Namespace:
    """Return the options of a command line, with settings for those that it leaves out.

    `ignored` has the names of variables that are of Kubernetes. Raises RagError for a setting that
    is unknown or wrong; like argparse, exits if arguments are.
    """
    options = parser.parse_args(arguments)
    if "settings" not in options:
        return options
    known = _actions(options.commands[COMMAND])
    names = sorted([*known, *OTHERS])
    path = options.settings or environment.get(FILE)
    ignored = sorted(name for name, value in environment.items() if _is_link(name, value))
    environment = {name: environment[name] for name in environment.keys() - ignored}
    settings = {
        **(_in_file(Path(path), names) if path else {}),
        **_in_environment(environment, names),
    }
    command = options.commands[options.command]
    taken = {name: action for name, action in _actions(command).items() if name in settings}
    defaults = {action.dest: _value(action, *settings[name]) for name, action in taken.items()}
    command.set_defaults(**defaults, ignored=ignored)
    options = parser.parse_args(arguments)
    for name, value in defaults.items():
        if isinstance(value, list) and len(given := getattr(options, name)) > len(value):
            setattr(options, name, given[len(value) :])  # argparse appends to the default
    return options


def _actions(command: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Return the options of a command, by their long names without dashes."""
    named: dict[str, argparse.Action] = {}
    for action in command._actions:
        for option in action.option_strings[:1]:  # of --public and --no-public, the first
            named[option.removeprefix("--")] = action
    return {name: action for name, action in named.items() if name not in NOT_SETTINGS}


def _in_file(path: Path, names: Sequence[str]) -> Settings:
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RagError(
            f"The settings in {path} cannot be read: {error}. Write lines like: port = 8000"
        ) from error
    _check_known(fields, names, f"in {path}")
    return {name: (f"{name} in {path}", value) for name, value in fields.items()}


def _in_environment(environment: Mapping[str, str], names: Sequence[str]) -> Settings:
    found = {
        name: value  # an empty one is as if it were not there, as in compose files
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != FILE and value
    }
    _check_known(found, [_variable(name) for name in names], "in the environment")
    pairs = ((name, _variable(name)) for name in names)
    return {name: (variable, found[variable]) for name, variable in pairs if variable in found}


def _is_link(name: str, value: str) -> bool:
    """Return whether Kubernetes set a variable; a port of it is the URL of a Service."""
    found = LINK.fullmatch(name)
    return found is not None and (not found[1] or LINKED.match(value) is not None)


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")


def _check_known(found: Iterable[str], names: Sequence[str], place: str) -> None:
    for name in found:
        if name not in names:
            near = get_close_matches(name, names, 1, 0.5)
            advice = f"Did you mean {near[0]}?" if near else f"The settings are: {', '.join(names)}"
            raise RagError(f"{name} {place} is no setting. {advice}")


def _value(action: argparse.Action, origin: str, value: object) -> object:
    """Return what an option would be with this value; raises RagError."""
    if action.nargs == 0:
        meant = WORDS.get(str(value).lower())
        if meant is None:
            raise RagError(f"{origin} is {value!r}. Write true or false")
        return meant
    if isinstance(action.default, list):
        texts = value if isinstance(value, list) else _values(str(value))
        return [_one(action, origin, text) for text in texts]
    return _one(action, origin, value)


def _values(text: str) -> list[str]:
    """Return the values of a text: its lines, or what is between the commas of a single line."""
    lines = text.splitlines()
    parts = text.split(",") if lines == [text] else lines
    return [part.strip() for part in parts if part.strip()]


def _one(action: argparse.Action, origin: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RagError(f"{origin} is {value!r}. Write one text or number")
    if action.choices is not None and value not in action.choices:
        raise RagError(f"{origin} is {value!r}. Choose one of: {', '.join(action.choices)}")
    if not callable(action.type):
        return str(value)
    try:
        return action.type(str(value))
    except argparse.ArgumentTypeError as error:
        raise RagError(f"{origin} is wrong: {error}") from error
