"""From signals to alerts. Pure."""
