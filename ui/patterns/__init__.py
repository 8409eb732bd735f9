"""The parts of the page of patterns."""
