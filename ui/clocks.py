"""Clocks of pages that ask again by themselves.

A clock does not beat in a tab that nobody sees, nor while what it asked for is on its way: the
browser drops the answer to a callback that is asked once more, so a page whose API is slower than
its clock would show nothing at all, not even why.
"""

from typing import Any

from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc


def clockwork(name: str, milliseconds: int, *, disabled: bool = False) -> list[Any]:
    """What stands in a layout: the interval `name`, what it and live events call, and whether the
    callback of both runs.
    """
    return [
        dcc.Interval(id=name, interval=milliseconds, disabled=disabled),
        *(dcc.Store(id=f"{name}-{part}") for part in ("beat", "heard", "news")),
        dcc.Store(id=f"{name}-busy", data=False),
    ]


def beat(name: str, *, pausable: bool = False) -> Input:
    """The input that calls a callback with each beat: the number of the interval. Once a clock.

    `pausable`: not while live updates are paused, which others look at themselves.
    """
    clientside_callback(
        ClientsideFunction("clocks", "unpaused" if pausable else "beat"),
        Output(f"{name}-beat", "data"),
        Input(name, "n_intervals"),
        State(f"{name}-busy", "data"),
    )
    return Input(f"{name}-beat", "data")


def busy(name: str) -> tuple[Output, bool, bool]:
    """For `running=` of that callback: meanwhile the clock does not beat."""
    return Output(f"{name}-busy", "data"), True, False


def news(name: str, *, alerts_of: str = "") -> Input:
    """The input that calls the callback of a clock after live events, gathered for some seconds.

    `alerts_of`: only after alerts; it names the store of what is shown, whose `host`, if there is
    one, they must be about.
    """
    clientside_callback(
        ClientsideFunction("clocks", "alerted" if alerts_of else "heard"),
        Output(f"{name}-heard", "data"),
        Input("live", "data"),
        *([State(alerts_of, "data")] if alerts_of else []),
    )
    clientside_callback(
        ClientsideFunction("clocks", "passed"),
        Output(f"{name}-news", "data"),
        Input(f"{name}-heard", "data"),
        State(f"{name}-busy", "data"),
    )
    return Input(f"{name}-news", "data")


def resync(name: str) -> Input:
    """The input that calls a callback when all has to be loaded again, and with no other event.

    Its store is `name`; its value differs each time.
    """
    clientside_callback(
        ClientsideFunction("clocks", "resync"), Output(name, "data"), Input("live", "data")
    )
    return Input(name, "data")
