"""Who may ask for what, judged by the host name, the site and the key of a request.

A web page elsewhere can reach a server on this machine through a foreign host name (DNS rebinding)
or a blind cross-site request. Anyone on the same network can reach a server that listens on it.
Such requests are refused here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers

from rag.errors import RagError
from rag.said import Said
from rag.web.caller import Caller
from rag.web.keys import KeyFile, Right
from rag.web.proxies import NO_PROXIES, Proxies
from rag.web.refusal import Refused

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
HOST_PORT = re.compile(r":[0-9]{1,5}$", re.ASCII)
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*", re.ASCII)
FORWARDED = re.compile(r"x-forwarded-.+|x-real-ip|forwarded|via")  # added by proxies
ASK_FOR_KEY = 'Basic realm="Footnote", charset="UTF-8"'


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of one server: its public addresses, its keys, the proxies that it trusts.

    Each caller may ask `per_minute` questions in a minute, 0 for any number.

    Without an address, the server answers only to the names of this machine. Without keys, anyone
    may ask, and the index can be changed only if the server has no public address. Nobody can
    change one that is `read_only`.
    """

    addresses: tuple[SplitResult, ...] = ()
    keys: KeyFile | None = None
    proxies: Proxies = NO_PROXIES
    per_minute: int = 0
    read_only: bool = False

    @property
    def prefix(self) -> str:
        """The path that all addresses share: "" or "/…"."""
        return self.addresses[0].path if self.addresses else ""

    @property
    def can_change(self) -> bool:
        """Whether anyone may change the index, with a key, as a user or without either."""
        if self.read_only or self.proxies.editors:
            return not self.read_only
        return self.keys.now().can_change if self.keys else not self.addresses

    def scheme(self, headers: Headers) -> str:
        """Return "http" or "https", by the requested address; raises Refused for a foreign name."""
        host = headers.get("host", "")
        if not HOST.fullmatch(host):
            raise Refused(400, "The Host header is not a host name")
        known = next(
            (address for address in self.addresses if address.netloc == host.lower()), None
        )
        if known is None and HOST_PORT.sub("", host.lower()).strip("[]") not in LOOPBACK:
            raise Refused(
                400,
                "This server does not answer to that name. Add it: rag serve --public-url URL",
            )
        if not self.addresses and any(FORWARDED.fullmatch(name) for name in headers):
            raise Refused(
                400,
                "This server does not know the address of its proxy. "
                "Add it: rag serve --public-url URL",
            )
        return known.scheme if known else "http"

    def check_site(self, headers: Headers, *, opens_page: bool) -> None:
        """Raise Refused for a request from another site, unless a link there opens a page."""
        origin, host = headers.get("origin"), headers.get("host", "").lower()
        site = headers.get("sec-fetch-site", "none")
        is_link = (
            headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )
        if origin is not None and origin.lower() != f"{self.scheme(headers)}://{host}":
            raise Refused(403, Said("other_site"))
        if site not in {"none", "same-origin"} and not (opens_page and is_link):
            raise Refused(403, Said("other_site"))

    def caller(self, client: str, headers: Headers) -> Caller:
        """Return who sends a request from an address: by its key, or as a proxy names the user."""
        address, user = self.proxies.address(client, headers), self.proxies.user(client, headers)
        key = self.keys.now().of(headers.get("authorization", "")) if self.keys else None
        if key:
            return Caller(key.name, address, key.right)
        right: Right = "change" if user in self.proxies.editors else "ask"
        return Caller(user, address, right if user else None)

    def may_change(self, caller: Caller) -> bool:
        """Return whether the caller may change the index."""
        try:
            self.check_right(caller, "change")
        except Refused:
            return False
        return True

    def check_right(self, caller: Caller, right: Right) -> None:
        """Raise Refused if the caller does not have this right, or nobody does."""
        if right == "change" and not self.can_change:
            raise Refused(403, Said("index_read_only" if self.read_only else "changes_refused"))
        if caller.may(right) or (not self.keys and not self.proxies.user_header):
            return
        if self.keys and right == "ask" and self.keys.now().lets_anyone_ask:
            return
        if self.keys and not (caller.name and self.proxies.user_header):
            raise Refused(401, Said("key_needed"), www_authenticate=ASK_FOR_KEY)
        if not caller.name:
            raise Refused(401, Said("user_needed"))
        raise Refused(403, Said("may_only_ask", name=caller.name))


def access_to(
    host: str,
    *,
    public: bool,
    urls: Sequence[str],
    password_file: Path | None,
    proxies: Proxies = NO_PROXIES,
    per_minute: int = 0,
    read_only: bool = False,
) -> Access:
    """Return the rules of a server that listens on `host`, behind `proxies` that it trusts.

    Raises RagError if more people could reach the server than the options allow.
    """
    if not is_loopback(host) and not public:
        raise RagError(
            f"{host} can be reached from other machines. To allow that: rag serve --public"
        )
    if not is_loopback(host) and not urls:
        raise RagError(
            "A public server answers only to addresses that it knows. "
            "Add one: rag serve --public --public-url http://NAME:PORT"
        )
    addresses = tuple(_address(url) for url in urls)
    if len({address.path for address in addresses}) > 1:
        raise RagError("All addresses of --public-url must end in the same path")
    if proxies.networks and not urls:
        raise RagError(
            "A server behind a proxy answers only to addresses that it knows. "
            "Add one: rag serve --public-url URL"
        )
    keys = KeyFile(password_file) if password_file else None
    return Access(addresses, keys, proxies, per_minute, read_only)


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.rstrip("/"))
        ok = parts.scheme in {"http", "https"} and not (
            parts.query or parts.fragment or parts.username
        )
        ok = (
            ok
            and HOST.fullmatch(parts.netloc) is not None
            and PREFIX.fullmatch(parts.path) is not None
        )
    except ValueError:
        ok = False
    if not ok:
        raise RagError(
            f"{url} is not the address of a site. "
            "Write it like https://example.org or https://example.org/path"
        )
    default = {"http": ":80", "https": ":443"}[parts.scheme]
    return parts._replace(netloc=parts.netloc.lower().removesuffix(default))


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
