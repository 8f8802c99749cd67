"""`cft-eval serve`: a board on this machine."""

import argparse
import os
import socket
import sys
from contextlib import suppress
from tempfile import TemporaryDirectory

from cft_eval.cli._board import add_data, make_folder, settings_of
from cft_eval.cli._say import say
from cft_eval.errors import CftError, MissingExtra

EPILOG = """
A lab sets CFT_EVAL_DATABASE_URL, CFT_EVAL_BLOBS and CFT_EVAL_TOKEN; every address except loopback
needs a token. All settings: docs/board.md.

examples:
  cft-eval serve --data board
  cft-eval serve --data board --problems mine.jsonl     # runs of cft_own are taken, too
  CFT_EVAL_TOKEN=secret cft-eval serve --data board --host 0.0.0.0 --port 80
"""


APP = "cft_eval.server.app:create_app"
"""What each of several processes imports."""


def configure(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to bind; 0 takes a free one")
    parser.add_argument(
        "--problems",
        metavar="FILE",
        help="take runs of cft_own over these problems, too (or CFT_EVAL_OWN_PROBLEMS)",
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")
    parser.epilog = EPILOG


def run(args: argparse.Namespace) -> int:
    try:
        import uvicorn

        from cft_eval.server.access.auth import Access
        from cft_eval.server.app import create_app
        from cft_eval.server.foundation import logs
        from cft_eval.server.foundation.settings import LOOPBACK
        from cft_eval.server.http import connections
        from cft_eval.server.intake.problems import problem_sets
        from cft_eval.server.store.database import Database
    except ImportError:
        raise MissingExtra("the server", "server") from None
    given: dict[str, object] = {}
    if args.host in LOOPBACK and "CFT_EVAL_ALLOWED_HOSTS" not in os.environ:
        given["allowed_hosts"] = tuple(LOOPBACK)
    if args.problems:
        given["own_problems"] = args.problems
    settings = settings_of(args.data, **given)
    problem_sets(settings)  # what is wrong with them is said here, before there is a server
    make_folder(settings.server_data)
    # Opened once before the server is: what is wrong with it is said here, in one sentence.
    database = Database(settings.database)
    is_open = Access(database, settings.token, sso=settings.sso_issuer is not None).is_open()
    database.close()
    if args.host not in LOOPBACK and is_open:
        raise CftError(
            f"others can reach {args.host}, so uploads need a token: set CFT_EVAL_TOKEN, "
            "make one with `cft-eval server token`, or bind 127.0.0.1"
        )
    listener = _listen(args.host, args.port)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    say(f"cft-eval board at http://{shown}:{port}", flush=True)
    say(f"data in {settings.server_data.resolve()}; Ctrl-C ends it", file=sys.stderr)
    if args.workers > 1:
        return _serve_several(listener, args)
    logs.configure(settings.logs)
    config = uvicorn.Config(create_app(settings, owns_process=True), **connections.options())
    with suppress(KeyboardInterrupt):  # the server has ended by then, gracefully
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def _serve_several(listener: socket.socket, args: argparse.Namespace) -> int:
    """Several processes on one listener and one database; each grades what it can claim."""
    import uvicorn

    from cft_eval.server.http import connections

    # They read their settings from the environment: what was given here must stand there.
    if args.data:
        os.environ["CFT_EVAL_SERVER_DATA"] = str(args.data.resolve())
    if args.problems:
        os.environ["CFT_EVAL_OWN_PROBLEMS"] = args.problems
    if args.host in ("127.0.0.1", "::1", "localhost"):
        os.environ.setdefault("CFT_EVAL_ALLOWED_HOSTS", '["127.0.0.1", "::1", "localhost"]')
    with TemporaryDirectory(prefix="cft-eval-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        with suppress(KeyboardInterrupt):
            uvicorn.run(
                APP,
                factory=True,
                workers=args.workers,
                fd=listener.fileno(),
                **connections.options(),
            )
    return 0


def _listen(host: str, port: int) -> socket.socket:
    # Bound here and not by uvicorn, whose own message is a log line and an exit status of 1.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, since asyncio sends at once only on what says that it is TCP: without it every answer
    # waits 40 ms for the acknowledgement of its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or str(error)
        raise CftError(
            f"cannot listen on {host}:{port} ({why}); give another --port, 0 for a free one"
        ) from None
    listener.listen(256)
    return listener
