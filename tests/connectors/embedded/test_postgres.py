"""What the embedded database says about itself before it answers."""

import pytest

from connectors.embedded.postgres import reason_of

WHERE = 'connection failed: connection to server at "127.0.0.1", port 20001 failed: '
NOT_YET = "the database system is not yet accepting connections"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            f"{WHERE}FATAL:  the database system is starting up",
            "the database system is starting up",
        ),
        (f"{WHERE}FATAL:  {NOT_YET}\nDETAIL:  Consistent recovery state has not been", NOT_YET),
        (f"{WHERE}Connection refused\n\tIs the server running?", "\tIs the server running?"),
        ("", "does not answer"),
    ],
    ids=["starting", "not yet", "away", "silent"],
)
def test_recovery_is_said_in_words_that_its_part_knows(said: str, reason: str) -> None:
    assert reason_of(said) == reason
