"""The parts of the pipeline page."""
