"""A page of the administration: sections of tables, texts and forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cft_eval.leaderboard.pages.common.context import Link


@dataclass(frozen=True, slots=True)
class AdminField:
    """Something to fill in."""

    name: str
    label: str
    kind: Literal["text", "password", "number", "lines", "choice", "check", "hidden"] = "text"
    value: str = ""
    options: Sequence[tuple[str, str]] = ()
    """Value and label, of a choice."""

    required: bool = True
    longest: int = 2_000


@dataclass(frozen=True, slots=True)
class AdminForm:
    """What can be done."""

    action: str
    button: str
    fields: Sequence[AdminField] = ()


@dataclass(frozen=True, slots=True)
class AdminCell:
    """One thing known of a row."""

    text: str
    url: str = ""
    note: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class AdminRow:
    cells: Sequence[AdminCell]
    forms: Sequence[AdminForm] = ()


@dataclass(frozen=True, slots=True)
class AdminSection:
    """A heading, and what is below it."""

    id: str
    title: str
    head: Sequence[str] = ()
    rows: Sequence[AdminRow] = ()
    empty: str = ""
    """What stands where the table has no row."""

    texts: Sequence[tuple[str, str]] = ()
    """Heading and text, as somebody wrote it."""

    forms: Sequence[AdminForm] = ()
    lead: str = ""
    links: Sequence[Link] = ()
    """To further pages, or down this one."""

    @property
    def is_pairs(self) -> bool:
        """Whether each row is a name and what it is: two columns, on a telephone too."""
        return len(self.head) == 2


@dataclass(frozen=True, slots=True)
class AdminContext:
    title: str
    lead: str
    tabs: Sequence[Link]
    sections: Sequence[AdminSection]
    who: str = ""
    """Who is signed in; empty where nobody must."""

    secret: str = ""
    """What every form brings, so that no page elsewhere can send it."""

    shown_once: str = ""
    """A token that was just made."""

    notice: str = ""
