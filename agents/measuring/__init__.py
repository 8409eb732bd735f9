"""From a record of metrics.raw to its points. Pure."""
