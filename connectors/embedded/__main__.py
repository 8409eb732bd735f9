"""The supervisor in the background: `foreshock up --detach` starts it and reads one line of it."""

import os
import sys
import traceback

from connectors.embedded.detached import Outcome
from connectors.embedded.refusals import refusal
from connectors.embedded.stack import run
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings, load


def main() -> None:
    """Runs until a signal; writes how the start went on stdout, once, and nothing else there."""
    try:
        run(load(), _ready, view=lambda _part, _line: None)
    except UserError as error:
        _answer(Outcome(fault=str(error), remedy=error.remedy))
        sys.exit(1)
    except Unavailable as error:
        _answer(Outcome(fault=str(error)))
        sys.exit(1)
    except OSError as error:
        traceback.print_exc()  # kept beside the log, for after the start
        refused = refusal(error)
        _answer(Outcome(fault=str(refused), remedy=refused.remedy))
        sys.exit(1)


def _ready(_reached: Settings) -> None:
    _answer(Outcome())


def _answer(outcome: Outcome) -> None:
    # A fault after the start has no reader any more; then it goes where stdout went.
    sys.stdout.write(outcome.model_dump_json() + "\n")
    sys.stdout.flush()
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
