"""Google and Microsoft, as a site sets them up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from accounts.models.base import Request, Secret, Url, plain


class ProviderOrder(Request):
    """`tenant` is Microsoft's tenant id. `address` is the API's own, if people reach it by another name than
    this request did; `issuer` is for trying on one machine. The secret can't be read back; it may be left
    out where only something else changes."""

    client_id: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(plain)]
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=1_024)] | None = None
    tenant: Annotated[str, Field(max_length=64)] | None = None
    address: Url | None = None
    issuer: Url | None = None


class ProviderSet(BaseModel):
    """`redirect_uri` is what is entered at the provider. `counts`: the site's setting `sign_in` names it."""

    provider: Literal["google", "microsoft"]
    client_id: str
    tenant: str | None = None
    issuer: str
    redirect_uri: str
    sign_in_page: str
    counts: bool
    by: str
    at: str


class ProvidersSet(BaseModel):
    providers: list[ProviderSet]


class Switch(Request):
    """`secret` is the other account's own password; needed the first time only."""

    account: Annotated[str, Field(min_length=1, max_length=120)]
    secret: Secret | None = None
    device: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
