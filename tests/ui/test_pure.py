"""Pure parts: addresses, origins, cookies, policy, numbers, texts, templates, thinning."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.filters import parse
from schemas.log_lines import GRAMMAR
from tests.ui.acting import acting
from ui.address import first, params_of, period, span_of, with_params
from ui.components.number import delta, duration, shown, three
from ui.components.template import pieces
from ui.components.text import safe_href, shown_text
from ui.components.thinning import thinned
from ui.components.times import ago, clock
from ui.cookies import jar_of
from ui.filtering import asked
from ui.links import api_path, filtered, params
from ui.origin import Site, is_loopback, is_our_own, login_path, next_path, site_of
from ui.policy import content_policy, security_headers
from ui.settings.audit import changed
from ui.tokens import Tokens
from ui.visit import view_of

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("search", "span", "moving"),
    [
        ("", timedelta(hours=24), True),
        ("?range=15m", timedelta(minutes=15), True),
        ("?range=7d&severity=high", timedelta(days=7), True),
        ("?range=0m", timedelta(hours=24), True),
        ("?range=9999d", timedelta(hours=24), True),
        ("?from=2026-11-27T10:00:00Z&to=2026-11-27T10:30:00Z", timedelta(minutes=30), False),
        ("?from=2026-11-27T11:00:00Z&to=2026-11-27T10:30:00Z", timedelta(hours=24), True),
        ("?from=nonsense&to=2026-11-27T10:30:00Z", timedelta(hours=24), True),
    ],
)
def test_the_period_is_what_the_address_says(search: str, span: timedelta, moving: bool) -> None:
    found = period(search, NOW)
    assert found.end - found.start == span
    assert found.moving is moving


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1), max_size=4))
def test_parameters_survive_the_address(values: dict[str, str]) -> None:
    assert params_of(with_params("", values)) == {name: [one] for name, one in values.items()}


def test_parameters_are_set_repeated_and_taken_out() -> None:
    search = with_params("?range=6h&sel=a1", {"severity": ["high", "critical"], "sel": None})
    assert params_of(search) == {"range": ["6h"], "severity": ["high", "critical"]}
    assert first(search, "severity") == "high"
    assert with_params("?sel=a1", {"sel": ""}) == ""
    assert with_params("?owner=&count%3E10", {"sel": "a1"}) == "?owner=&count%3E10=&sel=a1"
    assert with_params("?owner=&sel=a1", {"owner": None}) == "?sel=a1"
    assert span_of("90s") is None


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/alerts?severity=high", "/alerts?severity=high"),
        (None, "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=/login", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("/logs?q=1", "/logs?q=1"),
        ("/" + "a" * 3000, "/"),
    ],
)
def test_a_login_leads_to_paths_of_this_site_alone(wanted: str | None, leads_to: str) -> None:
    assert next_path(wanted) == leads_to


def test_the_way_to_the_login_keeps_where_one_was() -> None:
    assert login_path("/alerts?a=1&b=2") == "/login?next=%2Falerts%3Fa%3D1%26b%3D2"
    assert login_path("/") == "/login"


@pytest.mark.parametrize(
    ("origin", "fetch_site", "ours"),
    [
        ("http://127.0.0.1:8050", None, True),
        ("http://127.0.0.1:8051", None, False),
        ("https://127.0.0.1:8050", None, False),
        ("http://evil.example", "cross-site", False),
        ("null", None, False),
        ("null", "same-origin", True),
        (None, None, False),
        (None, "same-origin", True),
        (None, "same-site", False),
    ],
)
def test_only_our_own_pages_may_write(
    origin: str | None, fetch_site: str | None, ours: bool
) -> None:
    assert is_our_own(origin, fetch_site, Site("127.0.0.1:8050", False)) is ours


def test_a_proxy_that_ends_tls_is_known_by_the_public_address() -> None:
    public = "https://ops.example.com"
    assert site_of("http", "ops.example.com", public) == Site("ops.example.com", True)
    assert site_of("http", "10.0.0.1:8050", public) == Site("10.0.0.1:8050", False)
    assert site_of("wss", "any.example", "").origin == "https://any.example"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_cookies_are_the_hosts_alone_and_carry_the_instance() -> None:
    jar = jar_of("http://127.0.0.1:9000", "secret")
    tokens = Tokens("header.body.sign", "refresh-1", 600)
    for secure in (False, True):
        lines = jar.set(tokens, secure=secure)
        assert all("HttpOnly; SameSite=Lax" in line and "Path=/" in line for line in lines)
        assert all(line.startswith("__Host-") is secure for line in lines)
        assert all(line.endswith("; Secure") is secure for line in lines)
        header = "; ".join(line.partition(";")[0] for line in lines)
        assert jar.read(header, secure=secure) == tokens._replace(seconds=0)
        assert jar.read(header, secure=not secure) is None
        assert jar_of("http://127.0.0.1:9001", "secret").read(header, secure=secure) is None
    assert all("Max-Age=0" in line for line in jar.clear(secure=True))
    assert jar.read("a=b; \x00;;;=", secure=False) is None
    own = f"{jar.name('refresh', secure=False)}=refresh-1"
    for strange in ("theme=dark mode", "a[b]=1", '{"x": 1}', "broken", "é=ü"):
        found = jar.read(f"{strange}; {own}", secure=False)
        assert found is not None
        assert found.refresh == "refresh-1"


def test_a_token_that_is_none_names_a_session_all_the_same() -> None:
    assert Tokens("nonsense", "refresh", 0).session == Tokens("other", "refresh", 0).session
    assert Tokens("", "refresh", 0).is_over(0)


def test_the_policy_is_the_strict_one() -> None:
    policy = content_policy(["'sha256-abc='"])
    assert "default-src 'self'" in policy
    assert "script-src 'self' 'sha256-abc='" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "strict-transport-security" in security_headers(policy, secure=True)
    assert "strict-transport-security" not in security_headers(policy, secure=False)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (1234, "lines", "1,234 lines"),
        (2_345_678, "lines", "2.35 M lines"),
        (12.345, "%", "12.3 %"),
        (99.95, "%", "100 %"),
        (0.0123, "s", "12.3 ms"),
        (93_600, "s", "1.08 d"),
        (3 * 2**31, "bytes", "6 GiB"),
        (1536, "bytes/s", "1.5 KiB/s"),
        (-4.5678, "", "-4.57"),
        (None, "", "–"),  # noqa: RUF001
    ],
)
def test_numbers_have_three_digits_and_a_unit(value: float | None, unit: str, text: str) -> None:
    assert str(shown(value, unit)) == text


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_three_digits_are_near_the_number(value: float) -> None:
    assert float(three(value).replace(",", "")) == pytest.approx(value, rel=0.006)
    assert "e" not in three(value)


def test_a_change_is_better_or_worse_not_up_or_down() -> None:
    assert "delta worse" in str(delta(0.5, better="down"))
    assert "delta better" in str(delta(-0.5, better="down"))
    assert "delta same" in str(delta(0.5))
    assert delta(11.0).children == "×12"  # noqa: RUF001


def test_durations_take_the_largest_unit() -> None:
    assert [str(duration(s)) for s in (0.25, 12, 180, 9000)] == ["250 ms", "12 s", "3 min", "2.5 h"]


def test_times_are_in_the_zone_of_the_browser() -> None:
    with acting({}, zone="Asia/Tokyo"):
        assert clock("2026-11-27T11:00:00Z", now=NOW) == "20:00:00"
        assert clock("2026-11-20T11:00:00Z", now=NOW) == "20 Nov 20:00"
        assert clock("2025-11-20T11:00:00Z", now=NOW) == "2025-11-20 20:00"
    assert ago(NOW - timedelta(seconds=250), now=NOW) == "4 min ago"
    assert ago(NOW + timedelta(hours=3), now=NOW) == "in 3 h"
    assert ago(NOW, now=NOW) == "now"


def test_the_view_of_the_browser_is_believed_only_where_it_makes_sense() -> None:
    zone, phone = view_of("zone%3DEurope%2FBerlin%26phone%3D1")
    assert (zone.key, phone) == ("Europe/Berlin", True)
    assert view_of("zone%3DEtc%2FGMT%2B5%26phone%3D0")[0].key == "Etc/GMT+5"
    for nonsense in ("", "zone=../../etc/passwd", "zone=\x00", "phone=yes"):
        assert view_of(nonsense)[0].key == "UTC"


def test_what_cannot_be_seen_is_made_visible() -> None:
    hostile = "\x1b[31mred \u202egnp.exe \u200bzero \x7f"
    seen = shown_text(hostile)
    assert seen == r"\x1b[31mred \u202egnp.exe \u200bzero \x7f"
    assert shown_text("two\nlines\there") == "two\nlines   here"
    assert len(shown_text("x" * 1_000_000)) == 4097


def test_links_lead_to_the_web_alone() -> None:
    assert safe_href("https://example.com/a") == "https://example.com/a"
    assert safe_href("javascript:alert(1)") == safe_href("data:text/html,x") == ""


@given(st.text(max_size=200))
def test_the_pieces_of_a_template_are_the_template(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


def test_slots_are_coloured_by_what_they_hold() -> None:
    kinds = [piece.kind for piece in pieces("from <ip>:<num> <*> <unheard>")]
    assert kinds == ["", "address", "", "number", "", "text", "", "text"]


def test_thinning_keeps_every_peak_and_gap() -> None:
    values: list[float | None] = [float(n % 7) for n in range(50_000)]
    values[31_415], values[20_000] = 1000.0, None
    times = [str(n) for n in range(50_000)]
    kept_times, kept = thinned(times, values)
    assert len(kept) <= 2100
    assert 1000.0 in kept
    assert None in kept
    assert kept_times == sorted(kept_times, key=int)
    assert thinned(times[:10], values[:10]) == (times[:10], values[:10])


def test_an_audit_line_says_what_changed() -> None:
    assert changed({"role": "viewer", "name": "a"}, {"role": "admin", "name": "a"}) == (
        "role: viewer → admin"
    )
    assert changed(None, {"role": "viewer"}) == "role: viewer"


@given(st.text(min_size=1, max_size=12).filter(lambda text: "\0" not in text and text.strip()))
def test_a_name_stays_one_in_a_link_in_a_question_and_in_a_path(name: str) -> None:
    name = name.encode("utf-8", "replace").decode()
    page, _, search = filtered("/logs", {"source": name}, q="a&b").partition("?")
    found = asked(search, GRAMMAR)
    assert (page, found.values("source"), found.q) == ("/logs", (name,), "a&b")
    assert parse(f"source={quote(params(source=name)['source'])}", GRAMMAR).values("source") == (
        name,
    )
    path = httpx.URL("http://api").join(api_path("sources", name, "test")).path
    assert path == f"/sources/{name}/test"


@pytest.mark.parametrize("name", ["..", ".", "../users", "a/b", "%2e%2e", "?a=b#c"])
def test_no_name_leads_to_another_part_of_the_api(name: str) -> None:
    sent = httpx.Client(base_url="http://api/v1").build_request("GET", api_path("patterns", name))
    first, second, third = sent.url.raw_path.decode().split("/")[1:]
    assert (first, second, unquote(third)) == ("v1", "patterns", name)
