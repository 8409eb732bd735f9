"""Settings as the API shows them: everything, but no secret."""

import pytest

from api.routes.settings import settings_of
from schemas.settings import SECRETS, Settings, environment_name, load
from tests.api.serving import Served


def test_secrets_are_blotted_out_and_nothing_else_is() -> None:
    given = {name: f"secret-{number}-with-many-letters" for number, name in enumerate(SECRETS)}
    given["database_url"] = "postgresql://u:secret-password@h/n"
    given["redis_url"] = "redis://:secret-password@h"
    settings = load(**given, _env_file=None)
    found = {setting.name: setting for setting in settings_of(settings)}
    assert list(found) == [environment_name(name) for name in Settings.model_fields]
    assert {found[environment_name(name)].value for name in SECRETS} == {"***"}
    assert "secret-" not in repr(found)
    assert (found["API_PORT"].value, found["API_PORT"].is_set) == ("0", False)
    assert (found["REDIS_STREAMS"].default, found["KAFKA_SSL_CAFILE"].value) == ("logs", "")
    assert found["DATABASE_URL"].is_set


@pytest.mark.stack
def test_an_admin_sees_what_is_in_force(api: Served) -> None:
    with api.client() as admin:
        page = admin.get("/api/v1/settings").json()
    found = {setting["name"]: setting for setting in page["items"]}
    assert page["total"] == len(found)
    assert found["JWT_SECRET_KEY"]["value"] == found["API_KEY"]["value"] == "***"
    assert found["TOPIC_PREFIX"]["value"] == api.settings.topic_prefix
    assert set(found["API_HOST"]) == {"name", "value", "default", "is_set", "description"}
