"""One log format a file, found by scan."""
