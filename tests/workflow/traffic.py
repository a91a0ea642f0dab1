"""What people do at the account API, with words that occur nowhere else, and all that was handed out to them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import requests

from tests.workflow.office import Office, fetch, until

MARKED = ("Qvundertoft", "Qvimmelsen")                      # the names of somebody made by hand
TYPED = ("Qvrong-password-7719", "Qvown nine gray barns", "qvnobody.q77", "Qvfield", "Qvbody")
WHY = "to see what is written down"


@dataclass(slots=True)
class Traffic:
    """The requests of a person at the API. `handed_out` are tokens, codes and first secrets that came back."""

    office: Office
    handed_out: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def send(self, method: str, path: str, *, token: str = "", **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, f"{self.office.cloud.api_url}/sites/{self.office.name}{path}", timeout=30,
                                     headers={"Authorization": f"Bearer {token}"} if token else {}, **more)
        self.statuses.append(answer.status_code)
        return answer

    def sign_in(self, **proof: str) -> dict[str, Any]:
        """The tokens of who signs in; whole, and their parts that prove something, they are handed out."""
        answer = self.send("POST", "/sign-in", json=proof)
        assert answer.ok, answer.text
        return self.took(answer.json())

    def took(self, tokens: dict[str, Any]) -> dict[str, Any]:
        self.handed_out += [tokens["access_token"], tokens["access_token"].rpartition(".")[2]]
        if tokens.get("refresh_token"):
            self.handed_out += [tokens["refresh_token"], tokens["refresh_token"].rpartition(".")[2]]
        return tokens

    def batch(self, action: str, name: str) -> str:
        """The first secret on the sheet of a batch for one account."""
        made = self.office.ask("POST", "/batches", {"action": action, "accounts": [name], "reason": WHY})
        assert made.status == 202, made
        done = until(lambda: self.over(made.body["batch"]))
        header, row = openpyxl.load_workbook(io.BytesIO(fetch(done["links"][0]))).active.iter_rows(values_only=True)
        self.handed_out.append(row[header.index("First secret")])
        return self.handed_out[-1]

    def over(self, batch: str) -> dict[str, Any] | None:
        found = self.office.get(f"/batches/{batch}")
        return found if found["state"] == "done" else None


def account_traffic(office: Office) -> Traffic:
    """Make somebody by hand; reset, view, sign in rightly and wrongly, choose a password, look as them, and err."""
    seen = Traffic(office)
    made = office.ask("POST", "/accounts", {
        "role": "Student", "school": "0012", "fields": {"first_name": MARKED[0], "last_name": MARKED[1], "grade": "4"},
        "reason": WHY})
    assert made.status in (200, 201), made
    name, username = made.body["account"], made.body["username"]
    secret = seen.batch("reset", name)
    assert seen.batch("view", name) == secret
    seen.send("POST", "/sign-in", json={"username": username, "secret": TYPED[0]})
    seen.send("POST", "/sign-in", json={"username": TYPED[2], "secret": TYPED[0]})
    first = seen.sign_in(username=username, secret=secret)
    seen.took(seen.send("POST", "/token", json={"refresh_token": first["refresh_token"]}).json())
    own = seen.send("POST", "/password", token=first["access_token"], json={"new": TYPED[1], "secret": secret})
    assert own.ok, own.text
    seen.took(own.json())
    student = seen.sign_in(username=username, secret=TYPED[1])
    code = office._operate(action="admin-code", site=office.name)["code"]
    seen.handed_out.append(code)
    boss = seen.sign_in(code=code)
    view = seen.send("POST", f"/accounts/{name}/view-as", token=boss["access_token"], json={"reason": WHY})
    assert view.ok, view.text
    looking = seen.took(view.json())["access_token"]
    assert seen.send("GET", f"/accounts/{name}", token=looking).ok
    for token in (looking, student["access_token"]):                 # what is refused
        seen.send("PATCH", f"/accounts/{name}", token=token, json={"fields": {"last_name": MARKED[1]}, "reason": WHY})
    _err(seen, name, boss["access_token"])
    return seen


def _err(seen: Traffic, name: str, token: str) -> None:
    """Requests that end in an error, each with a word of its own in it."""
    for body in ({"fields": {TYPED[3]: TYPED[3]}, "reason": WHY}, {"fields": {"birth_date": TYPED[3]}, "reason": WHY},
                 {TYPED[3]: MARKED[0]}, [TYPED[4]]):
        seen.send("PATCH", f"/accounts/{name}", token=token, json=body)
    seen.send("POST", "/accounts", token=token, data=f'{{"{TYPED[4]}": ')
    seen.send("GET", f"/accounts/{MARKED[0]}", token=token)
    seen.send("GET", "/find", token=token, params={"text": f"{TYPED[2]}@qvmail.example"})
    seen.send("GET", "/accounts", token=token, params={"after": TYPED[4]})
    seen.send("GET", f"/accounts/{name}", token=f"{token}{TYPED[4]}")
    seen.send("POST", "/token", json={"refresh_token": TYPED[4]})
