"""One worker of the workspace, of several."""

from tests.parents import worker_ends_with_its_parent


def test_a_worker_does_not_outlive_the_process_that_started_it() -> None:
    assert worker_ends_with_its_parent("ui.serving")
