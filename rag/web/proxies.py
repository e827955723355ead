"""The proxies that a server trusts: what they say of the address and the user of a request.

Anyone can send any header. So these are read only in a request that comes from a trusted address.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers

from rag.errors import RagError

Network = IPv4Network | IPv6Network
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
HOUSEHOLD = 64  # bits of an IPv6 address that a user cannot choose (RFC 6177)
USER = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,254}[^\s\x00-\x1f\x7f])?")


@dataclass(frozen=True, slots=True)
class Proxies:
    """The addresses of proxies, the header that names the user, and the users who may change."""

    networks: tuple[Network, ...] = ()
    user_header: str = ""
    editors: frozenset[str] = frozenset()

    def address(self, client: str, headers: Headers) -> str:
        """Return the address of who sent a request: the last one that no trusted proxy has."""
        if not self._trusts(client):
            return client
        passed = ",".join(headers.getlist("x-forwarded-for")).split(",")
        for address in (one.strip() for one in reversed(passed)):
            if not _is_address(address):
                break
            if not self._trusts(address):
                return address
        return client

    def user(self, client: str, headers: Headers) -> str:
        """Return the user that a trusted proxy names, "" if there is none or more than one."""
        named = headers.getlist(self.user_header) if self.user_header else []
        if len(named) != 1 or not self._trusts(client):
            return ""
        user = named[0]
        with suppress(UnicodeDecodeError):  # proxies send UTF-8, the server reads Latin-1
            user = user.encode("latin-1").decode("utf-8")
        return user if USER.fullmatch(user) else ""

    def _trusts(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in one for one in self.networks)


NO_PROXIES = Proxies()


def proxies_of(addresses: Sequence[str], user_header: str, editors: Sequence[str]) -> Proxies:
    """Return the proxies at these addresses or networks; raises RagError."""
    if user_header and not HEADER.fullmatch(user_header):
        raise RagError(f"{user_header!r} is no name of a header. Write it like X-Forwarded-User")
    if user_header and not addresses:
        raise RagError(
            f"Anyone could send {user_header}. Name the address of the proxy: "
            "rag serve --trusted-proxy 127.0.0.1"
        )
    if editors and not user_header:
        raise RagError(
            "--editor names users of a proxy. Name the header that it sends: "
            "rag serve --user-header X-Forwarded-User"
        )
    return Proxies(tuple(map(_network, addresses)), user_header, frozenset(editors))


def network_of(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 network of an IPv6 address."""
    if not _is_address(address):
        return address
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or IPv6Network((int(found), HOUSEHOLD), strict=False))
    return address


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise RagError(
            f"{text} is not the address of a proxy. Write it like 127.0.0.1 or 10.0.0.0/24"
        ) from error


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
