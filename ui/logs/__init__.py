"""The parts of the page of log lines."""
