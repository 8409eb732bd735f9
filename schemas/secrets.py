"""Which secrets are none: placeholders that everybody knows, and what is too short to be one."""

import re
from typing import Final

# Where nothing of value is kept, a placeholder from an example does no harm.
_CARELESS: Final = frozenset(
    {"development", "dev", "local", "demo", "test", "testing", "sandbox", "ci"}
)
_LEAST_DIFFERENT: Final = 5

# What examples and guides write where a secret belongs, without spaces, dashes and case.
_PLACEHOLDER: Final = re.compile(
    r"(please)?(change|replace|fill|set|edit)(me|this|it|in|now)+.*"
    r"|(your|my|the|a|an|some|super|top|very|dummy|sample|example|default|test|dev|insecure)*"
    r"(secret|jwt|key|token|password|passwd|apikey|admin|passphrase|foreshock)+"
    r"(key|token|here|value|goeshere|123|1234|12345|1|0)*"
    r"|example|sample|placeholder|todo|fixme|none|null|undefined|xxx+|foobar|letmein|welcome1?"
    r"|qwerty(123|uiop)?|(01?)?123456789?0?|12345678|abcd?e?f?(123|1234)?|s3cret|p4ssw0rd|passw0rd"
)


def is_careless(environment: str) -> bool:
    """Whether placeholders may stand for secrets in an ENVIRONMENT of this name."""
    return environment.strip().lower() in _CARELESS


def is_placeholder(secret: str) -> bool:
    """Whether it is what somebody wrote who had no secret yet."""
    plain = re.sub(r"[\s_.\-<>{}\[\]$!*]", "", secret).lower()
    return not plain or _PLACEHOLDER.fullmatch(plain) is not None


def secret_fault(secret: str, least: int) -> str:
    """What is wrong with a secret that shall have `least` characters; "" if nothing is."""
    if is_placeholder(secret):
        return "is a placeholder; make one: openssl rand -base64 48"
    if len(secret) < least:
        return f"is shorter than {least} characters; make one: openssl rand -base64 48"
    if len(set(secret)) < _LEAST_DIFFERENT:
        return "repeats a few characters; make one: openssl rand -base64 48"
    return ""
