"""The settings of a server, by environment variables named `CFT_EVAL_…` or by `cft-eval serve`."""

from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GroupGrant(BaseModel):
    """What the members of a provider's group may do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation: str | None = None
    """None is the server itself."""

    scopes: tuple[Literal["read", "upload", "review", "admin"], ...]


class ServerSettings(BaseSettings):
    """Defaults serve one person on one machine; a lab sets the database, the blobs and a token."""

    model_config = SettingsConfigDict(env_prefix="CFT_EVAL_", frozen=True, extra="ignore")

    # Not CFT_EVAL_DATA, which is where the benchmarks lie.
    server_data: Path = Path("cft-eval-board")
    """Folder of the default database, the default blobs and of unfinished uploads."""

    database_url: str | None = None
    """SQLAlchemy URL, such as ``postgresql+psycopg://…``; None is SQLite in `server_data`."""

    blobs: str | None = None
    """fsspec URL of a folder, such as ``s3://bucket/prefix``; None is a folder in `server_data`."""

    inbox: str | None = None
    """fsspec URL of the folder where parts of unfinished uploads wait, which all servers on one
    database must share; None is the bucket of the blobs where they lie in one, else a folder in
    `server_data`."""

    token: SecretStr | None = None
    """What an upload must bring as ``Authorization: Bearer …``; None lets everybody upload."""

    allowed_hosts: tuple[str, ...] = ()
    """Names under which the server answers, without port; none means any. `serve` sets it on a
    loopback address, so that a web page elsewhere cannot reach it through a name of its own."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of the proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto``
    count; those of everybody else are not read."""

    root_path: str = ""
    """The path under which a proxy serves the board, such as ``/board``."""

    cross_origin: bool = True
    """Whether pages of other sites may read public data and pictures; never by the name of this
    machine or by an address of a private network."""

    graders: int | None = Field(default=None, ge=1)
    """Processes that grade; None leaves it to the checker."""

    part_bytes: int = Field(default=1 << 20, ge=1 << 10, le=64 << 20)
    """Size of every part of an upload but the last."""

    max_upload_bytes: int = Field(default=512 << 20, ge=1)
    """Largest samples.jsonl. A suite run has 26 MB."""

    max_open_uploads: int = Field(default=200, ge=1)
    """Uploads begun and not finished; more are refused until some finish or expire."""

    upload_hours: float = Field(default=24, gt=0)
    """After so long without a part an unfinished upload is forgotten."""

    review: bool = False
    """Whether a graded run waits until somebody with the scope `review` lets it onto the board."""

    require_signature: bool = False
    """Whether every upload must be signed with a key of its organisation."""

    uploads_per_day: int | None = Field(default=None, ge=1)
    """Uploads that one token may announce in 24 hours; None is no limit."""

    quota_bytes: int | None = Field(default=None, ge=1)
    """Bytes of samples that one organisation may keep here; None is no limit."""

    own_problems: str | None = None
    """Problems of the task `cft_own` that this board takes responses to, as `cft-eval run
    --problems` names them: a file of JSON lines or a set of the hub. None takes none."""

    own_fields: dict[str, str] = {}
    """Its fields, as `--fields` of `cft-eval run` names them: ``{"problem": "q"}``."""

    checkpoint_bytes: int = Field(default=0, ge=0)
    """Largest checkpoint that is taken; 0 takes none."""

    checkpoint_part_bytes: int = Field(default=16 << 20, ge=1 << 10, le=256 << 20)
    """Size of every part of a checkpoint's file but the last."""

    checkpoint_quota_bytes: int = Field(default=1 << 40, ge=0)
    """Bytes of checkpoints that one organisation may keep here."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    """Requests that one address may send to one process of the server; None is no limit."""

    notice_urls: tuple[str, ...] = ()
    """Where a notice is sent when a run waits for a review, is rejected or published."""

    notice_secret: SecretStr | None = None
    """The key of the HMAC that each notice bears; `notice_urls` need one."""

    notice_allowed: tuple[str, ...] = ()
    """Host names, addresses and networks that notices may be sent to although they are not public,
    or without TLS."""

    sso_issuer: str | None = None
    """The OpenID provider where people sign in; None is none."""

    sso_client_id: str = ""
    sso_client_secret: SecretStr | None = None
    sso_groups: dict[str, GroupGrant] = {}
    """Group of the provider to what its members may do here; the first that fits says the
    organisation."""

    sso_groups_claim: str = "groups"
    """The claim that lists somebody's groups, in the ID token or else in the user information."""

    sso_ask_groups: bool = True
    """Whether the scope `groups` is asked for, which some providers do not know."""

    logs: Literal["text", "json"] = "text"
    """How the server writes its log."""

    idle_seconds: float = Field(default=30, gt=0)
    """For so long a server waits: for a head, for the next bytes of a body, for whoever reads an
    answer. A body that comes steadily at less than 4 KiB/s is given up too."""

    @model_validator(mode="after")
    def _signed_notices(self) -> Self:
        if self.notice_urls and self.notice_secret is None:
            raise ValueError("CFT_EVAL_NOTICE_URLS need a CFT_EVAL_NOTICE_SECRET")
        return self

    @model_validator(mode="after")
    def _safe_provider(self) -> Self:
        if self.sso_issuer is not None:
            issuer = urlsplit(self.sso_issuer)
            if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
                raise ValueError("CFT_EVAL_SSO_ISSUER must be an https address")
            if not self.sso_client_id or not self.sso_groups:
                raise ValueError("CFT_EVAL_SSO_ISSUER also needs CLIENT_ID and GROUPS")
        return self

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.server_data.resolve() / 'board.db'}"

    @property
    def database_file(self) -> Path | None:
        """Where the default database lies; None where another is set by its URL."""
        return None if self.database_url else self.server_data.resolve() / "board.db"

    @cached_property
    def blob_folder(self) -> str:
        """The fsspec URL in force."""
        return self.blobs or str(self.server_data.resolve() / "blobs")

    @property
    def inbox_folder(self) -> str:
        """The fsspec URL in force."""
        if self.inbox:
            return self.inbox.rstrip("/")
        shared = self.blobs is not None and "://" in self.blobs
        return (
            f"{self.blob_folder.rstrip('/')}/inbox" if shared else str(self.server_data.resolve())
        )

    @property
    def uploads_inbox(self) -> str:
        """Where parts of unfinished uploads wait."""
        return f"{self.inbox_folder}/uploads"

    @property
    def weights_inbox(self) -> str:
        """Where parts of unfinished checkpoints wait."""
        return f"{self.inbox_folder}/checkpoints"

    @property
    def scratch(self) -> Path:
        """Where this machine writes what nobody else looks at."""
        return self.server_data.resolve() / "scratch"

    def redacted(self) -> dict[str, object]:
        """Everything in force, without a secret: what is logged and printed."""
        shown = self.model_dump(mode="json")
        shown["database_url"] = make_url(self.database).render_as_string(hide_password=True)
        blobs = urlsplit(self.blob_folder)
        # A receiver's address may hold a secret in its path.
        shown["notice_urls"] = [f"{urlsplit(url).hostname}/…" for url in self.notice_urls]
        shown["blobs"] = blobs._replace(netloc=blobs.netloc.rpartition("@")[2], query="").geturl()
        return {name: value for name, value in shown.items() if name in type(self).model_fields}
