"""The sign-in page of a site, as people's browsers see it: HTML, forms, cookies, redirects.

`door` has the routes and opens with them, `by_provider` the way to Google or Microsoft and back; `browser`
reads what a browser sends and names the cookies; `screen` makes the HTML from `templates/`. Nothing here
decides who somebody is: that is `accounts.sign_in`, `accounts.passwords` and `accounts.providers`, as for the
JSON API. The API itself takes no cookies, so
what a browser sends by itself opens nothing there.
"""

from __future__ import annotations

import re

# Method and path of what belongs to the page; all else is the API's.
TAKES = re.compile(r"GET /sites/[^/]+/sign-in(?:/(?:google|microsoft)(?:/callback)?)?"
                   r"|POST /sites/[^/]+/sign-in/(?:password|code|choose|forgot|account|out)")
