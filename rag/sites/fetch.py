"""One GET of a page: limited in size and time, and never to an address that only this machine has.

The name is looked up once, every address is judged, and the connection goes to the one that was
judged: a name that changes its address meanwhile (DNS rebinding) changes nothing.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from rag.errors import SiteError

AGENT = "footnote-rag"
SECONDS = 60.0  # for a whole page, with what it leads to
SILENT_SECONDS = 20.0  # without a byte
MAX_BYTES = 20 * 2**20
REDIRECTS = 5
TRANSLATED = IPv6Network("64:ff9b::/96")  # addresses of IPv4 behind a translator (RFC 6052)
COMPATIBLE = IPv6Network("::/96")  # likewise, long out of use
PORTS = {"http": 80, "https": 443}
PART = 2**16  # bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response: where it came from in the end, its status, its headers and its body."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def kind(self) -> str:
        """The type of its content, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pages; addresses of private networks only if `private` ones are allowed."""

    private: bool = False
    max_bytes: int = MAX_BYTES
    seconds: float = SECONDS
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Return what a page and its redirects lead to; raises SiteError."""
        until = time.monotonic() + self.seconds
        for _ in range(REDIRECTS + 1):
            found = self._one(url, headers or {}, until)
            target = found.headers.get("location")
            if found.status not in {301, 302, 303, 307, 308} or not target:
                return found
            url = urljoin(url, target)
        raise SiteError(f"more than {REDIRECTS} redirects")

    def _one(self, url: str, headers: Mapping[str, str], until: float) -> Fetched:
        parts = checked(url)
        try:
            with closing(self._connected(parts)) as connection:
                path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
                query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
                sent = {"Host": _netloc(parts), "User-Agent": AGENT, "Accept-Encoding": "identity"}
                connection.request("GET", path + query, headers={**sent, **headers})
                response = connection.getresponse()
                body = self._body(response, until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SiteError(f"no answer: {error or type(error).__name__}") from error
        known = {name.lower(): value for name, value in response.getheaders()}
        return Fetched(url, response.status, known, body)

    def _connected(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = _host(parts), parts.port or PORTS[parts.scheme]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        inside = next((one for one in addresses if not _is_public(one)), None)
        if inside and not self.private:
            where = f"{host} is {inside}" if host != inside else host
            raise SiteError(f"{where}, an address of a private network (see --allow-private)")
        connection = http.client.HTTPConnection(host, port, timeout=SILENT_SECONDS)
        connection.sock = socket.create_connection((addresses[0], port), SILENT_SECONDS)
        if parts.scheme == "https":
            connection.sock = self.context.wrap_socket(connection.sock, server_hostname=host)
        return connection

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        body = bytearray()
        while part := response.read1(PART):
            body += part
            if len(body) > self.max_bytes:
                raise SiteError(f"over the limit of {self.max_bytes:,} bytes")
            if time.monotonic() > until:
                raise SiteError(f"not whole after {self.seconds:.0f} s")
        if response.length:
            raise SiteError("the connection ended before the page was whole")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise SiteError("it is compressed, which was not asked for")
        return bytes(body)


def is_url(text: str) -> bool:
    """Return whether an argument is the address of a page rather than a path."""
    return text.lower().startswith(("http://", "https://"))


def plain(url: str) -> str:
    """Return an address without a fragment, its scheme and host in small letters."""
    try:
        parts = urlsplit(url)
        return parts._replace(
            scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), fragment=""
        ).geturl()
    except ValueError:
        return url  # `checked` says what is wrong


def checked(url: str) -> SplitResult:
    """Return the parts of an address that may be fetched; raises SiteError."""
    try:
        parts = urlsplit(url)
        ok = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        ok = False
    if not ok or parts.username is not None or any(ord(one) < 33 for one in url):
        raise SiteError(f"{url} is not an address like https://example.org/page")
    return parts


def _host(parts: SplitResult) -> str:
    """Return the host of an address; letters beyond ASCII as the name system has them (IDNA)."""
    host = parts.hostname or ""
    return host if host.isascii() else host.encode("idna").decode()


def _netloc(parts: SplitResult) -> str:
    port = f":{parts.port}" if parts.port else ""
    return parts.netloc if parts.netloc.isascii() else f"{_host(parts)}{port}"


def _is_public(address: str) -> bool:
    """Return whether an address is of the public internet."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.is_site_local or found in COMPATIBLE:
            return False
        translated = IPv4Address(int(found) & 0xFFFFFFFF) if found in TRANSLATED else None
        found = found.ipv4_mapped or found.sixtofour or translated or found
    return found.is_global and not found.is_multicast
