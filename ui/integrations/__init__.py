"""The parts of the integrations page."""
