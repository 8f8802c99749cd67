"""The table of blobs that are about to be named, or about to go."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from cft_eval.server.store.models import Base


class BlobMark(Base):
    """What somebody is doing with a blob; see `store.blob_references`."""

    __tablename__ = "blob_marks"

    digest: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    """A random word of whoever does it."""

    going: Mapped[bool]
    """Whether it is being deleted; else it is being stored, and will be named."""

    until: Mapped[datetime]
    """By the database's clock: after it the owner is taken for dead."""
