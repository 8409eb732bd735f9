"""Access tokens alone: signed by a key in force, by the pinned algorithm, or worth nothing."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from api.attempts import neighbourhood, wait_after
from api.problems import Problem
from api.tokens import Claims, Signer, signing_key_of
from schemas.errors import UserError
from schemas.settings import Settings, load

OLD, NEW = "0" * 16 + "an older key of this test", "1" * 16 + "a newer key of this test"
CLAIMS = Claims("user", "session", 3)


def settings(**given: Any) -> Settings:
    return load(**{"jwt_secret_key": NEW, **given}, _env_file=None)


def kind_of(signer: Signer, token: str) -> str:
    with pytest.raises(Problem) as raised:
        signer.read(token)
    assert raised.value.status == 401
    return raised.value.kind


def forged(token: str, key: str = NEW, algorithm: str = "HS256", **changed: Any) -> str:
    """The token with other claims (None: left out), signed anew."""
    said = jwt.decode(token, options={"verify_signature": False}) | changed
    said = {name: value for name, value in said.items() if value is not None}
    header = {"kid": jwt.get_unverified_header(token)["kid"]}
    return jwt.encode(said, key, algorithm, headers=header)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_what_was_signed_is_read(algorithm: str) -> None:
    key = NEW * 2
    signer = Signer(settings(jwt_algorithm=algorithm, jwt_secret_key=key))
    token = signer.sign(CLAIMS)
    assert signer.read(token) == CLAIMS
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert NEW not in token


def test_a_token_ends_after_its_minutes() -> None:
    token = Signer(settings(access_token_expire_minutes=1)).sign(CLAIMS)
    said = jwt.decode(token, options={"verify_signature": False})
    assert said["exp"] - said["iat"] == 60
    late = forged(token, exp=int(time.time()) - 1)
    assert kind_of(Signer(settings()), late) == "token-expired"


def test_the_previous_key_is_accepted_and_no_other() -> None:
    before, after = Signer(settings(jwt_secret_key=OLD)), Signer(settings())
    during = Signer(settings(jwt_secret_key_previous=OLD))
    assert during.read(before.sign(CLAIMS)) == during.read(after.sign(CLAIMS)) == CLAIMS
    assert after.read(during.sign(CLAIMS)) == CLAIMS
    assert kind_of(after, before.sign(CLAIMS)) == "token-invalid"


def unsigned(token: str) -> str:
    header = {**jwt.get_unverified_header(token), "alg": "none"}
    coded = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{coded}.{token.split('.')[1]}."


@pytest.mark.parametrize(
    "change",
    [
        unsigned,
        lambda token: forged(token, OLD),
        lambda token: forged(token, algorithm="HS384"),
        lambda token: forged(token, iss="somebody"),
        lambda token: forged(token, exp=None),
        lambda token: forged(token, sid=None),
        lambda token: forged(token, ver="many"),
        lambda token: forged(token, ver=[1]),
        lambda token: token[:-8] + "AAAAAAAA",
        lambda token: jwt.encode({"sub": "x"}, NEW, "HS256"),
        lambda _: "\ud800.a.b",
    ],
    ids=[
        *("unsigned", "other key", "other algorithm", "other issuer", "no end", "no session"),
        *("no version", "a list", "tampered", "no kid", "half a character"),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_what_is_forged_is_refused(change: Any) -> None:
    signer = Signer(settings())
    assert kind_of(signer, change(signer.sign(CLAIMS))) == "token-invalid"


def test_a_key_is_made_once_and_is_its_owner_s(tmp_path: Path) -> None:
    own = load(data_dir=tmp_path, _env_file=None)
    key = signing_key_of(own)
    assert len(key) >= 43
    assert signing_key_of(own) == key
    assert (tmp_path / "jwt.key").stat().st_mode & 0o777 == 0o600
    set_by_hand = own.model_copy(update={"jwt_secret_key": SecretStr(NEW)})
    assert signing_key_of(set_by_hand) == NEW
    (tmp_path / "jwt.key").write_text("")
    with pytest.raises(UserError, match="is empty"):
        signing_key_of(own)


@pytest.mark.parametrize(
    ("failures", "ago", "wait"),
    [
        (0, 0, 0),
        (4, 0, 0),
        (5, 0, 1),
        (5, 1, 0),
        (6, 0.5, 1.5),
        (8, 0, 8),
        (11, 0, 60),
        (10_000, 0, 60),
        (10_000, 61, 0),
    ],
)
def test_waits_grow_to_a_minute_and_end(failures: int, ago: float, wait: float) -> None:
    assert wait_after(failures, ago) == wait


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_household_counts_as_one(address: str, known: str) -> None:
    assert neighbourhood(address) == known
