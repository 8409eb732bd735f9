"""The note stage, a part of persist: signals in, Postgres out.

The newest version of each is kept; respond, which reads the same topic, makes the dead letters.
"""

from agents.app import ForeshockApp
from agents.correlation.intake import decode_signal
from agents.engine.versions import Kept, Versions
from connectors.stores.signals import Record, store
from schemas.settings import Settings
from schemas.topics import SIGNALS


def note(app: ForeshockApp, settings: Settings) -> None:
    """Adds the stage to the app."""
    kept = Kept("note", SIGNALS, decode_signal, Record, store, buries=False)
    Versions(app, settings, kept).register()
