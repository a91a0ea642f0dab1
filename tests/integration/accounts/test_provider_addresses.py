"""Where Google and Microsoft are asked, and that nothing else is: without a network, with documents of their form."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from accounts.problems import Refusal
from accounts.providers.id_tokens import IdTokenRefused
from accounts.providers.known import Provider
from accounts.providers.peer import Peer
from rostering.errors import SourceUnavailable
from rostering.transport import Response
from tests.integration.accounts.rogue import FIRST, TENANT

NOW = 1_790_000_000
API = "https://api.example.org"
GOOGLE = Provider("demo", "google", "abc", "name", API)
MICROSOFT = Provider("demo", "microsoft", "abc", "name", API, tenant=TENANT)
LOGIN = f"https://login.microsoftonline.com/{TENANT}"
DOCUMENTS = {
    "https://accounts.google.com/.well-known/openid-configuration": {
        "issuer": "https://accounts.google.com", "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token", "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo"},
    f"{LOGIN}/v2.0/.well-known/openid-configuration": {
        "issuer": f"{LOGIN}/v2.0", "authorization_endpoint": f"{LOGIN}/oauth2/v2.0/authorize",
        "token_endpoint": f"{LOGIN}/oauth2/v2.0/token", "jwks_uri": f"{LOGIN}/discovery/v2.0/keys"},
}
KEYS = {"keys": [RSAAlgorithm.to_jwk(FIRST.public_key(), as_dict=True) | {"kid": "first", "use": "sig"}]}


class Net:
    """What is asked, and the answers. `documents` are by address; a POST gets `token`."""

    def __init__(self, documents: dict[str, Any] | None = None) -> None:
        self.documents = DOCUMENTS if documents is None else documents
        self.asked: list[tuple[str, str]] = []
        self.body = ""
        self.token: dict[str, Any] = {}

    def __call__(self, method: str, url: str, *, headers: Any, most_bytes: int, body: bytes | None = None,
                 timeout_seconds: Any = None) -> Response:
        self.asked.append((method, url))
        if method == "POST":
            self.body = (body or b"").decode()
            return Response(200, {}, json.dumps(self.token).encode())
        found = KEYS if url.endswith(("/certs", "/keys")) else self.documents.get(url)
        if found is None:
            raise SourceUnavailable("no answer")
        return Response(200, {}, json.dumps(found).encode())


def peer(net: Net) -> Peer:
    return Peer(now=lambda: NOW, send=net)


def signed(**claims: Any) -> str:
    said = {"sub": "s", "aud": "abc", "exp": NOW + 60, "iat": NOW, "nonce": "n"} | claims
    return jwt.encode(said, FIRST, "RS256", headers={"kid": "first"})


@pytest.mark.parametrize(("provider", "hosts", "issuers"), [
    (GOOGLE, {"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"},
     ["https://accounts.google.com", "accounts.google.com"]),
    (MICROSOFT, {"login.microsoftonline.com"}, [f"{LOGIN}/v2.0"])], ids=["google", "microsoft"])
def test_the_real_addresses_are_asked_and_their_tokens_count(provider: Provider, hosts: set, issuers: list) -> None:
    net = Net()
    asking = peer(net)
    url = asking.authorization_url(provider, state="s", nonce="n", verifier="v" * 43)
    asked = parse_qs(urlsplit(url).query)
    assert urlsplit(url).scheme == "https"
    assert asked["redirect_uri"] == [f"{API}/sites/demo/sign-in/{provider.name}/callback"]
    for issuer in issuers:
        net.token = {"id_token": signed(iss=issuer)}
        assert asking.redeem(provider, "4/code+x", secret="quiet", verifier="v" * 43, nonce="n").sub == "s"
    sent = parse_qs(net.body)
    assert (sent["code"], sent["client_secret"], sent["code_verifier"]) == (["4/code+x"], ["quiet"], ["v" * 43])
    assert {urlsplit(one).netloc for _, one in net.asked} | {urlsplit(url).netloc} == hosts
    assert not any("quiet" in one or "code" in urlsplit(one).query for _, one in net.asked)
    assert len([one for one in net.asked if one[0] == "GET"]) == 2      # metadata and keys, once for both


@pytest.mark.parametrize("issuer", ["https://login.microsoftonline.com/common/v2.0", "https://sts.windows.net/x/",
                                    f"https://login.microsoftonline.com/{TENANT}", "https://accounts.google.com"])
def test_a_token_of_another_tenant_or_issuer_doesn_t_count(issuer: str) -> None:
    net = Net()
    net.token = {"id_token": signed(iss=issuer)}
    with pytest.raises(IdTokenRefused):
        peer(net).redeem(MICROSOFT, "c", secret="quiet", verifier="v" * 43, nonce="n")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("url", ["http://accounts.google.com/x", "https://accounts.google.com.evil.example/",
                                 "https://accounts.google.com:8443/x", "https://a@accounts.google.com/x",
                                 "https://login.microsoftonline.com/x", "//accounts.google.com/x", "https://169.254.169.254/"])
def test_an_endpoint_that_isn_t_the_provider_s_is_neither_asked_nor_gone_to(name: str, url: str) -> None:
    where = "https://accounts.google.com/.well-known/openid-configuration"
    net = Net({where: DOCUMENTS[where] | {name: url}})
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            peer(net).authorization_url(GOOGLE, state="s", nonce="n", verifier="v" * 43)
        assert refused.value.status == 502
    assert {one for _, one in net.asked} == {where}


def test_a_provider_that_doesn_t_answer_is_told_in_our_words() -> None:
    with pytest.raises(Refusal, match="Microsoft doesn't answer right now"):
        peer(Net({})).authorization_url(MICROSOFT, state="s", nonce="n", verifier="v" * 43)
