"""The chronicle stage, a part of persist: alerts in, Postgres out.

Every version is kept once and the newest is the alert; all that has arrived is one transaction.
"""

from agents.app import ForeshockApp
from agents.correlation.intake import decode_alert
from agents.engine.versions import Kept, Versions
from connectors.stores.alerts import Record, store
from schemas.settings import Settings
from schemas.topics import ALERTS


def chronicle(app: ForeshockApp, settings: Settings) -> None:
    """Adds the stage to the app. What cannot be read is dead-lettered here."""
    kept = Kept("chronicle", ALERTS, decode_alert, Record, store, buries=True)
    Versions(app, settings, kept).register()
