"""TLS towards a zone: its certificate is verified for the name, and ours is shown where it wants one."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rostering.transport import Refused
from rostering.zones import ZoneSettings
from sif_pull.zis import HttpZis

NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """A certificate authority for one test."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: Any) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW - datetime.timedelta(days=1))
        made = made.not_valid_after(NOW + datetime.timedelta(days=1))
        for extension in extensions:
            made = made.add_extension(extension, critical=False)
        return made.sign(self.key, hashes.SHA256())

    def issue(self, name: str, *, host: str = "") -> tuple[str, str]:
        """A certificate and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName("localhost")] if host == "localhost" else [
            x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, *([x509.SubjectAlternativeName(names)] if host else []))
        return pem(certificate), key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(params=["127.0.0.1", "localhost"])
def zone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Authority]]:
    """The https URL of a server that wants client certificates of the authority, by either name."""
    authority = Authority("Test CA")
    certificate, key = authority.issue("zis", host=request.param)
    (tmp_path / "server.pem").write_text(certificate + key)
    (tmp_path / "authority.pem").write_text(pem(authority.certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(tmp_path / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            return
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.handle_error = lambda *_: None
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"https://{request.param}:{httpd.server_port}/zone", authority
    httpd.shutdown()
    httpd.server_close()


def post(url: str, secret: dict[str, Any], folder: Path) -> bytes:
    folder.mkdir()
    zis = HttpZis(ZoneSettings("Z", url, "Z", "2.1"), secret, str(folder), loopback=True)
    try:
        return zis.post(b"<x/>")
    finally:
        zis.close()


def test_a_client_certificate_opens_a_zone_that_wants_one(zone: tuple[str, Authority], tmp_path: Path) -> None:
    url, authority = zone
    certificate, key = authority.issue("Empower")
    secret = {"certificate": certificate, "private_key": key, "ca_bundle": pem(authority.certificate)}
    assert post(url, secret, tmp_path / "files") == b"ok"


def test_without_a_client_certificate_it_is_refused(zone: tuple[str, Authority], tmp_path: Path) -> None:
    url, authority = zone
    with pytest.raises(Refused) as caught:
        post(url, {"ca_bundle": pem(authority.certificate)}, tmp_path / "files")
    assert caught.value.code == "TLS"


def test_a_server_of_another_authority_is_not_trusted(zone: tuple[str, Authority], tmp_path: Path) -> None:
    url, authority = zone
    certificate, key = authority.issue("Empower")
    for number, bundle in enumerate(({}, {"ca_bundle": pem(Authority("Other CA").certificate)})):
        with pytest.raises(Refused) as caught:
            post(url, {"certificate": certificate, "private_key": key} | bundle, tmp_path / f"files{number}")
        assert "not trusted" in str(caught.value)


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, zone: tuple[str, Authority]) -> None:
    url, authority = zone
    other = url.replace("127.0.0.1", "localhost") if "127" in url else url.replace("localhost", "127.0.0.1")
    with pytest.raises(Refused):
        post(other, {"ca_bundle": pem(authority.certificate)}, tmp_path / "files")
