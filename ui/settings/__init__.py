"""The parts of the settings page, one a file."""
