"""Send bytes to an address that the board's owner named, and to no other.

    name ── resolve ──> addresses ── each allowed? ──> connect to one of these, and to no other

Addresses that only this machine or its network can reach are refused unless they are listed, so
that a name which somebody else controls cannot point there. Nothing is followed.
"""

import http.client
import socket
import ssl
from collections.abc import Collection, Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

from cft_eval.errors import CftError

SECONDS = 10.0
"""A receiver that takes longer is asked again later."""

NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))
"""Whose last 32 bits are an address of IPv4 (RFC 6052, RFC 8215, RFC 4291)."""


class NotSent(CftError):
    """It did not arrive, or must not be sent there."""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Collection[str],
    seconds: float = SECONDS,
) -> None:
    """POST ``body``; raises `NotSent` where the answer is no 2xx.

    ``allowed``: host names, addresses and networks that may be private.
    """
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    if parts.scheme not in ("http", "https") or not host:
        raise NotSent(f"{url[:80]!a} is not an http or https address")
    if not tls and host not in allowed:
        raise NotSent(f"{host}: notices need https, unless CFT_EVAL_NOTICE_ALLOWED lists the host")
    port = parts.port or (443 if tls else 80)
    address = _address(host, port, allowed)
    connection = _Pinned(host, port, address=address, tls=tls)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    # The time-out of a socket is between two bytes: one now and then would hold us for ever.
    limit = Timer(seconds, connection.abort)
    limit.start()
    try:
        connection.request("POST", path, body, dict(headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"{host}: {str(error) or type(error).__name__}") from None
    finally:
        limit.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise NotSent(f"{host} answered {status}")


def _address(host: str, port: int, allowed: Collection[str]) -> str:
    """An address of ``host``, where all of them may be reached."""
    try:
        resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotSent(f"{host}: {error.strerror}") from None
    addresses = [str(each[4][0]) for each in resolved]
    for each in addresses:
        if host not in allowed and not _may_be_reached(ip_address(each.partition("%")[0]), allowed):
            raise NotSent(
                f"{host} is {each}, which is not public: list it in CFT_EVAL_NOTICE_ALLOWED"
            )
    return addresses[0]


def _may_be_reached(address: IPv4Address | IPv6Address, allowed: Collection[str]) -> bool:
    # An address of IPv6 may stand for one of IPv4, which a gateway on the way translates it to.
    return all(
        (each.is_global and not each.is_multicast and not _is_site_local(each))
        or any(_contains(network, each) for network in allowed)
        for each in _stands_for(address)
    )


def _is_site_local(address: IPv4Address | IPv6Address) -> bool:
    """Private addresses of IPv6 as they were once, which Python takes for public ones."""
    return isinstance(address, IPv6Address) and address.is_site_local


def _stands_for(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """What a connection to ``address`` may reach."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    embedded = [address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in NAT64):
        embedded.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return [address, *(each for each in embedded if each is not None)]


def _contains(network: str, address: IPv4Address | IPv6Address) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:  # a host name
        return False


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name means a moment later."""

    def __init__(self, host: str, port: int, *, address: str, tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address, self._tls = address, tls

    def abort(self) -> None:
        """Let whoever reads from it, or writes to it, fail."""
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), SECONDS)
        if self._tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
