"""Make and tell the digests that are due. EventBridge calls it every hour; each site has its own 05:00.

An order `{"site": …}` makes the day's digest of one site at once, whatever its hour. A digest that was
told is told no second time.
"""

from __future__ import annotations

import json
from typing import Any

from rostering.digest import letter, make
from rostering.errors import SettingsError, StoreError
from rostering.mail import SesMail
from rostering.store import keys
from sync import wiring

_TIME_FOR_A_SCHOOL_MILLISECONDS = 60_000


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    store, told, failed = wiring.store(), 0, 0
    sites = [event["site"]] if "site" in event else [
        item.body["site"] for item in store.query(keys.listed_site("").pk).items]

    def in_time() -> bool:
        return context.get_remaining_time_in_millis() > _TIME_FOR_A_SCHOOL_MILLISECONDS
    for site in sites:
        settings = store.get(keys.settings(site))
        if settings is None or not in_time():       # those left over are due again in an hour
            continue
        try:
            if "site" in event or make.is_due(store, site, settings.body, now=wiring.now()):
                body = make.make(store, wiring.work(), site, settings.body, now=wiring.now(), in_time=in_time)
                told += _tell(site, body, settings.body.get("digest_to", []))
        except Exception as error:          # whatever is wrong with one site, the others get theirs
            wiring.logger.error("digest", site=site, error=type(error).__name__)
            failed += 1
    wiring.logger.info("digests", told=told, failed=failed)
    if failed:
        raise StoreError(f"{failed} digests could not be made or told; they are due again in an hour")
    return {"told": told}


def _tell(site: str, body: dict[str, Any], to: list[str]) -> bool:
    """Send the event and the letter of a digest, unless they are out; whether they are now."""
    if body["told"]:
        return False
    answer = wiring.events().put_events(Entries=[{
        "Source": letter.SOURCE, "DetailType": letter.DETAIL_TYPE, "Detail": json.dumps(letter.event(body))}])
    if answer.get("FailedEntryCount"):
        raise StoreError("EventBridge did not take the event of a digest")
    mail = wiring.mail()
    letters = sum(_send(mail, address, body) for address in to if mail)
    make.was_told(wiring.store(), site, body["day"], to=letters)
    return True


def _send(mail: SesMail, address: str, body: dict[str, Any]) -> bool:
    """Send one letter. An address that SES refuses keeps nobody else's letter back."""
    try:
        mail.send([address], letter.subject(body), letter.text(body))
    except (StoreError, SettingsError) as error:
        wiring.logger.error("letter", site=body["site"], error=type(error).__name__)
        return False
    return True
