"""A lab's deployment, read as its programs read it: Compose's file, nginx's, the settings."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cft_eval.server.foundation.settings import ServerSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
CADDY = shutil.which("caddy")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def secrets() -> dict[str, str]:
    lines = (DEPLOY / "secrets.env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_two_servers_share_a_database_and_a_bucket(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"board1", "board2", "postgres", "minio", "bucket", "nginx"}
    for name in ("board1", "board2"):
        environment = services[name]["environment"] | secrets()
        ours = {
            key.removeprefix("CFT_EVAL_").lower(): value
            for key, value in environment.items()
            if key.startswith("CFT_EVAL_")
        }
        assert set(ours) <= set(ServerSettings.model_fields), "a setting that there is not"
        assert environment["AWS_ENDPOINT_URL"] == environment["FSSPEC_S3_ENDPOINT_URL"]
    # Each has a folder of its own: nothing but the database and the bucket is shared.
    assert services["board1"]["volumes"] != services["board2"]["volumes"]


def test_the_settings_are_taken(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (compose["services"]["board1"]["environment"] | secrets()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CFT_EVAL_SERVER_DATA", str(tmp_path))
    settings = ServerSettings()
    assert settings.uploads_inbox == "s3://board/blobs/inbox/uploads"
    assert settings.trusted_proxies == ("172.28.0.0/24",)
    assert settings.review


def test_everything_that_is_named_is_there(compose: dict[str, Any]) -> None:
    known = compose["services"]
    for name, service in known.items():
        for other in service.get("depends_on", ()):
            assert other in known, name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./"):
                made_by_hand = source == "./tls"
                assert made_by_hand or (DEPLOY / source).exists(), volume
            else:
                assert source in compose["volumes"], volume
    assert (DEPLOY.parent / known["board1"]["build"]["dockerfile"]).is_file()
    assert known["nginx"]["networks"] == known["board1"]["networks"] == ["board"]


def _caddyfile() -> str:
    page = (DEPLOY.parent / "docs" / "board.md").read_text("utf-8")
    return next(block for block in page.split("```")[1::2] if "reverse_proxy" in block)[5:]


def test_every_block_of_the_caddyfile_begins_a_line_of_its_own() -> None:
    """Caddy takes nothing behind a brace that opens a block."""
    text = _caddyfile()
    for line in text.splitlines():
        assert line.count("{") == 0 or line.endswith("{") or "{remote_host}" in line, line
    assert text.count("{") == text.count("}")


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed (apt-get install caddy)")
def test_caddy_takes_its_configuration(tmp_path: Path) -> None:
    config = tmp_path / "Caddyfile"
    config.write_text(_caddyfile())
    assert CADDY is not None
    command = [CADDY, "adapt", "--adapter", "caddyfile", "--config", str(config)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"round_robin"' in done.stdout


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed (apt-get install nginx-light)")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout"]
    subprocess.run(
        [*key, str(tmp_path / "board.key"), "-out", str(tmp_path / "board.crt")],
        check=True,
        capture_output=True,
    )
    said = (DEPLOY / "nginx" / "board.conf").read_text("utf-8")
    said = said.replace("board1:", "127.0.0.1:").replace("board2:", "127.0.0.2:")
    said = said.replace("/etc/nginx/tls", str(tmp_path))
    # The ports of the real one may be another's on this machine, or only root's.
    said = said.replace("listen 80;", "listen 18080;").replace("listen 443", "listen 18443")
    config = tmp_path / "nginx.conf"
    config.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {said} }}")
    assert NGINX is not None
    done = subprocess.run(
        [NGINX, "-t", "-p", str(tmp_path), "-c", str(config)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr, done.stderr
