"""Every decision: one verb file a stage, pure packages beside it."""
