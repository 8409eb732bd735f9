"""From a raw line to fields and a pattern uid; pure, no I/O."""
