"""Pages that work without any script: the login, and why a request goes no further."""

from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.responses import HTMLResponse

_HEAD: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Foreshock</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
{styles}
<script src="/assets/theme.js"></script>
</head>
<body>
<main class="login">
{body}
</main>
</body>
</html>
"""
_STYLES: Final = "\n".join(
    f'<link rel="stylesheet" href="/assets/{name}.css">'
    for name in (
        "tokens",
        "icons",
        "app-base",
        "app-chips",
        "app-controls",
        "app-states",
        "shell-topbar",
        "shell-login",
    )
)
_BRAND: Final = (
    '<div class="brand"><span class="brand-mark"><span class="icon mark"></span></span>'
    "Foreshock</div>"
)


def page_of(title: str, body: str, status: int = HTTPStatus.OK) -> HTMLResponse:
    """A card in the middle of an empty page; `body` is HTML."""
    return HTMLResponse(_HEAD.format(title=escape(title), styles=_STYLES, body=body), status)


def refusal_page(title: str, words: str, status: int = HTTPStatus.FORBIDDEN) -> HTMLResponse:
    """What is wrong and what to do about it."""
    body = f'<div class="card">{_BRAND}<h1>{escape(title)}</h1><p>{escape(words)}</p></div>'
    return page_of(title, body, status)


def login_page(
    leads_to: str,
    *,
    error: str = "",
    username: str = "",
    demo: tuple[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    """The form; `demo` is a name and a password to show, on the machine itself alone."""
    said = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    shown = ""
    if demo:
        name, password = demo
        shown = (
            '<div class="notice"><span class="icon icon-key" aria-hidden="true"></span>'
            f"<div>This machine's first login:<br><code>{escape(name)}</code>"
            f" · <code>{escape(password)}</code></div></div>"
        )
    body = f"""<form method="post" action="/login?next={quote(leads_to, safe="")}">
{_BRAND}
<h1>Sign in</h1>
{said}
<div class="field"><label for="username">User name</label>
<input class="input" id="username" name="username" value="{escape(username)}"
 autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></div>
<div class="field"><label for="password">Password</label>
<input class="input" id="password" name="password" type="password"
 autocomplete="current-password" required>
<span id="caps" class="small severity-warning" hidden>Caps lock is on</span></div>
<button class="button filled" type="submit">Sign in</button>
{shown}
</form>
<script src="/assets/login.js"></script>"""
    return page_of("Sign in", body, status)
