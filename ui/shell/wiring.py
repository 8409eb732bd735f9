"""What happens in the browser without asking the server: functions of assets/*.js."""

from dash import ClientsideFunction, Input, Output, clientside_callback


def wire() -> None:
    """Registers them; each writes into a store that nobody reads unless it says otherwise."""
    moved = (Input("url", "pathname"), Input("url", "search"), Input("page", "children"))
    for name, inputs in {
        "moved": moved,
        "titled": (Input("page-title", "data"), Input("inbox-count", "children")),
        "toasted": (Input("toast", "data"),),
        "ended": (Input("session-ended", "data"),),
    }.items():
        clientside_callback(ClientsideFunction("shell", name), *inputs)
    for name, source in {"stated": "live-state", "renew": "session-stale"}.items():
        clientside_callback(ClientsideFunction("live", name), Input(source, "data"))
    clientside_callback(ClientsideFunction("inbox", "gather"), Input("live", "data"))
    clientside_callback(
        ClientsideFunction("live", "received"), Output("live", "data"), Input("live-raw", "data")
    )
    clientside_callback(
        ClientsideFunction("live", "polled"),
        Output("live", "data", allow_duplicate=True),
        Input("live-interval", "n_intervals"),
        prevent_initial_call=True,
    )
