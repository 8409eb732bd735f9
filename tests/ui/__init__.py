"""The workspace without a browser: pure parts, callbacks with a fake client, the middleware."""
