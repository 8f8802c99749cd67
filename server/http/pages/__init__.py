"""The routes of the pages: what the address asks for, the records, one page function."""

from cft_eval.server.http.pages import (
    admin,
    admin_actions,
    board,
    claims,
    compare,
    docs,
    files,
    items,
    runs,
    sign_in,
    sign_in_sso,
)
from cft_eval.server.http.pages.docs import error_page

PARTS = (
    board,
    claims,
    compare,
    files,
    runs,
    items,
    docs,
    sign_in,
    sign_in_sso,
    admin,
    admin_actions,
)
ROUTERS = tuple(part.router for part in PARTS)

__all__ = ["ROUTERS", "error_page"]
