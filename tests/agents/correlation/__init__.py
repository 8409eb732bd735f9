"""From signals to alerts."""
