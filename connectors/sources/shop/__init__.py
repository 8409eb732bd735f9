"""A small shop that is made up: pure functions of a seed and the time. Nothing here does I/O."""
