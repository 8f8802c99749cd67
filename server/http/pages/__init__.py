"""The routes of the pages: what the address asks for, the records, one page function."""

from cft_eval.server.http.pages import board, claims, compare, docs, items, runs
from cft_eval.server.http.pages.docs import error_page

ROUTERS = tuple(part.router for part in (board, claims, compare, runs, items, docs))

__all__ = ["ROUTERS", "error_page"]
