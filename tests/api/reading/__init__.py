"""Bodies to lines and points, without a server."""
