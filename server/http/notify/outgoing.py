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
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

from cft_eval.errors import CftError

SECONDS = 10.0
"""A receiver that takes longer is asked again later."""


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
        raise NotSent(f"{url[:80]!a} is no address of http or https")
    if not tls and host not in allowed:
        raise NotSent(f"{host}: a notice goes over https, or to a host that is listed")
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
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if address.is_global and not address.is_multicast:
        return True
    return any(_contains(network, address) for network in allowed)


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
