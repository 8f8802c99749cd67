"""The routes of the pages: what the address asks for, the records, one page function."""

from fastapi import APIRouter

from cft_eval.server.pages import board, claims, compare, docs, items, runs
from cft_eval.server.pages.docs import error_page

router = APIRouter()
for part in (board, claims, compare, runs, items, docs):
    router.include_router(part.router)

__all__ = ["error_page", "router"]
