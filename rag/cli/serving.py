"""The commands for a server, and their arguments: serve, mcp, keys."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.logs import start_log
from rag.cli.printing import print_json
from rag.cli.values import Command, add_threshold, number, positive
from rag.config import AskConfig

if TYPE_CHECKING:
    from rag.web.keys import Key


def add_serving(command: Command) -> None:
    """Add the arguments of these commands."""
    made = command("serve", serve_command, "Serve the chat page, REST and MCP.", data=False)
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    made.add_argument("--port", type=number, default=7860, help="port to listen on (7860)")
    made.add_argument(
        "--public",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="allow an address that other machines can reach",
    )
    made.add_argument(
        "--public-url",
        action="append",
        default=[],
        metavar="URL",
        help="URL that others use, such as that of a proxy (repeatable)",
    )
    made.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="the keys for asking and changing, made by rag keys",
    )
    made.add_argument(
        "--log", choices=("text", "json"), default="text", help="how to print the log (text)"
    )
    _add_callers(made)
    _add_audit(made)
    add_threshold(made)
    text = "Serve one program over standard input and output, by MCP."
    add_threshold(command("mcp", mcp_command, text, data=False))
    _add_keys(command)


def _add_callers(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="address or network of a proxy whose headers are believed (repeatable)",
    )
    made.add_argument(
        "--user-header",
        default="",
        metavar="HEADER",
        help="header in which that proxy names the user, such as X-Forwarded-User",
    )
    made.add_argument(
        "--editor",
        action="append",
        default=[],
        metavar="USER",
        help="user who may also add, remove and rebuild (repeatable)",
    )
    made.add_argument(
        "--questions-per-minute",
        type=positive,
        default=0,
        metavar="N",
        help="refuse more questions of one key, user or address (no limit)",
    )


def _add_audit(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--audit", type=Path, metavar="FOLDER", help="record every answer in files of this folder"
    )
    made.add_argument(
        "--audit-days", type=positive, default=0, metavar="N", help="delete records after N days"
    )
    made.add_argument(
        "--audit-no-questions",
        action="store_true",
        help="leave the words of questions out of the records",
    )


def _add_keys(command: Command) -> None:
    made = command(
        "keys",
        keys_command,
        "Make the keys for rag serve: one for asking, one for changing, and more by name.",
        index=False,
    )
    made.add_argument("file", type=Path, metavar="FILE", help="file for the hashes of the keys")
    doing = made.add_mutually_exclusive_group()
    doing.add_argument("--add", metavar="NAME", help="add a key with this name")
    doing.add_argument("--revoke", metavar="NAME", help="revoke the key with this name")
    doing.add_argument("--list", action="store_true", help="list the names of the keys")
    made.add_argument(
        "--right", choices=("ask", "change"), default="ask", help="what a new key allows (ask)"
    )


def serve_command(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from rag.web.audit import Audit
    from rag.web.proxies import proxies_of
    from rag.web.server import serve

    start_log(as_json=options.log == "json", ignored=options.ignored)

    def announce(address: str) -> None:
        print(f"Footnote is running at {address} (Ctrl-C stops it)", flush=True)

    questions = not options.audit_no_questions
    audit = Audit(options.audit, options.audit_days, questions=questions) if options.audit else None
    serve(
        options.index,
        options.host,
        options.port,
        public=options.public,
        public_urls=options.public_url,
        password_file=options.password_file,
        config=AskConfig(threshold=options.threshold),
        audit=audit,
        proxies=proxies_of(options.trusted_proxy, options.user_header, options.editor),
        per_minute=options.questions_per_minute,
        read_only=options.read_only,
        announce=announce,
    )
    return 0


def mcp_command(options: argparse.Namespace) -> int:
    """Serve a program that started this one, until it ends the input."""
    import asyncio

    from rag.web.functions import Functions
    from rag.web.live import Live
    from rag.web.mcp import mcp_server, serve_streams

    start_log(as_json=False, ignored=options.ignored)
    config = AskConfig(threshold=options.threshold)
    functions = Functions(Live(options.index, Path("corpus"), config))
    asyncio.run(serve_streams(mcp_server(functions)))
    return 0


def keys_command(options: argparse.Namespace) -> int:
    """Make new keys and print them, once; or add, revoke or list keys of a file."""
    from rag.web.keys import add_key, read_keys, revoke_key, write_keys

    if options.list:
        return _list_keys(read_keys(options.file).all, json=options.json)
    if options.revoke:
        revoke_key(options.file, options.revoke)
        print(f"{options.revoke} is revoked; a running server refuses it now")
        return 0
    keys = (
        {options.add: add_key(options.file, options.add, options.right)}
        if options.add
        else write_keys(options.file)
    )
    if options.json:
        print_json(keys)
        return 0
    for name, key in keys.items():
        print(f"{name:7} {key}")
    print(
        f"Copy them now: {options.file} holds only their hashes. A browser asks for one as the "
        "password, with any user name. "
        f"Serve with them: rag serve --password-file {options.file}"
    )
    return 0


def _list_keys(keys: "Sequence[Key]", *, json: bool) -> int:
    listed = [
        {"name": key.name, "right": key.right, "revoked": key.is_revoked, "day": key.day}
        for key in keys
    ]
    if json:
        print_json(listed)
        return 0
    for key in keys:
        state = "revoked" if key.is_revoked else "since"
        print(f"{key.name:12} {key.right:7} {state} {key.day or 'an unknown day'}")
    return 0
