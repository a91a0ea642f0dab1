"""Google and Microsoft: where they are, and when an email that they tell proves anything.

An email in a token is a text that somebody typed, unless the provider answers for it:

* Google answers for addresses of gmail.com and for those of a Workspace (`hd`), if `email_verified`
  is true. An address of another domain was verified once, maybe by who had it before.
* Microsoft lets the administrator of any tenant write any address into `email`. It counts only from
  the site's own tenant, not from a guest of it, and only if the tenant proved the domain:
  `verified_primary_email` holds it, or `xms_edov` is true (both are optional claims that the
  district adds to its app registration).

What a site told as `email_domains` narrows both further. The subject (`sub`) needs none of this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from accounts.providers.id_tokens import IdToken

GOOGLE, MICROSOFT = "google", "microsoft"
TITLES = {GOOGLE: "Google", MICROSOFT: "Microsoft"}
_MICROSOFT_HOST = "login.microsoftonline.com"
_HOSTS = {
    GOOGLE: frozenset({"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"}),
    MICROSOFT: frozenset({_MICROSOFT_HOST}),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as a site uses it.

    `issuer` is what tokens say they come from, `hosts` where anything may be asked or anybody be sent
    (host:port where it is this machine). `secret` names what Secrets Manager keeps; `address` is the
    API's own, as people reach it, without a slash at the end.
    """

    site: str
    name: str
    client_id: str
    secret: str
    address: str
    tenant: str = ""
    loopback_issuer: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def issuer(self) -> str:
        if self.loopback_issuer:
            return self.loopback_issuer
        return "https://accounts.google.com" if self.name == GOOGLE else f"https://{_MICROSOFT_HOST}/{self.tenant}/v2.0"

    @property
    def issuers(self) -> tuple[str, ...]:
        """Every spelling of the issuer in tokens: Google knows two (OpenID Connect, Google's own page)."""
        return (self.issuer, "accounts.google.com") if self.issuer == "https://accounts.google.com" else (self.issuer,)

    @property
    def redirect_uri(self) -> str:
        return f"{self.address}/sites/{self.site}/sign-in/{self.name}/callback"

    def may_be_asked(self, url: str) -> bool:
        """Whether `url` is one of this provider's: nothing else that it names is asked."""
        try:
            parts = urlsplit(url)
            own = urlsplit(self.issuer)
            if self.loopback_issuer:
                return (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
            return parts.scheme == "https" and parts.netloc in _HOSTS[self.name]
        except ValueError:
            return False


def provider_of(site: str, name: str, body: dict[str, Any]) -> Provider:
    """The provider in a PROVIDER item."""
    return Provider(site, name, body["client_id"], body["secret"], body["address"], body.get("tenant", ""),
                    body.get("issuer", ""))


def proven_email(provider: Provider, token: IdToken, domains: Collection[str]) -> str | None:
    """The email of the person, in lower case, if the provider answers for it and the site takes its domain."""
    email = (token.email or "").lower()
    domain = email.rpartition("@")[2]
    if not domain or (domains and domain not in {one.lower() for one in domains}):
        return None
    answers = _google_answers if provider.name == GOOGLE else _microsoft_answers
    return email if answers(provider, token, email, domain, domains) else None


def _google_answers(provider: Provider, token: IdToken, email: str, domain: str, domains: Collection[str]) -> bool:
    return token.email_verified is True and (domain == "gmail.com" or bool(token.hd))


def _microsoft_answers(provider: Provider, token: IdToken, email: str, domain: str, domains: Collection[str]) -> bool:
    if token.tid != provider.tenant or token.acct == 1 or token.idp not in (None, *provider.issuers):
        return False
    return token.xms_edov in (True, 1, "1", "true") or email in {one.lower() for one in token.verified_primary_email}
