"""Pure reading of metrics.raw: a record becomes points and what is dead of it."""

from agents.measuring.points import Measured, read

__all__ = ["Measured", "read"]
