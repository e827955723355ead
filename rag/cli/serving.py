"""The commands for a server: serve, keys."""

import argparse
import logging

from rag.cli.printing import print_json
from rag.config import AskConfig


def serve_command(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from rag.web.server import serve

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")

    def announce(address: str) -> None:
        print(f"Footnote is running at {address} (Ctrl-C stops it)", flush=True)

    serve(
        options.index,
        options.host,
        options.port,
        public=options.public,
        public_urls=options.public_url,
        password_file=options.password_file,
        config=AskConfig(threshold=options.threshold),
        announce=announce,
    )
    return 0


def keys_command(options: argparse.Namespace) -> int:
    """Make new keys and print them, once."""
    from rag.web.keys import write_keys

    keys = write_keys(options.file)
    if options.json:
        print_json(keys)
        return 0
    for right, key in keys.items():
        print(f"{right:7} {key}")
    print(
        f"Copy them now: {options.file} holds only their hashes. A browser asks for one as the "
        "password, with any user name. "
        f"Serve with them: rag serve --password-file {options.file}"
    )
    return 0
