"""The workspace: what people see and do, as a client of the API."""
