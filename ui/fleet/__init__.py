"""The parts of the fleet page: what is asked, the rows, the drawer of one host."""
