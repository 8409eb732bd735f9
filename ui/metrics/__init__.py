"""The parts of the metrics page: what is chosen, what is asked, what is drawn."""
