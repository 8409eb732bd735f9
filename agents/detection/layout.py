"""The numbers that are kept of a series, and the few constants that all of them share.

A series is one column of 64-bit floats in a bank's table; a row of the table is one of the
quantities below for all series. Spans of time are in seconds.
"""

from typing import Final, NamedTuple

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0
WEEK: Final = 7 * DAY

# Two weeks of daily extremes: whatever a weekday does, they have seen that weekday twice.
RANGE_DAYS: Final = 14

# Rows of the table.
SAMPLES: Final = 0  # points learnt from
LEARNT: Final = 1  # seconds learnt from; a gap counts as an hour at most
LAST: Final = 2  # time of the newest point
PREVIOUS: Final = 3  # its value
QUANTUM: Final = 4  # smallest step that the series has made: its resolution
PEAK: Final = 5  # the strangest that a point was of late, fading
LEAST: Final = 6  # from the series' floor: smallest deviation, in its own unit
COUNTED: Final = 7  # from the series' floor: 1 when values are counts, else 0
LEVEL_NOW: Final = 8  # the values smoothed over an hour
UNREST_NOW: Final = 9  # size of the steps, smoothed over an hour
MEANS: Final = slice(10, 13)  # of the value over a day, of the level and the unrest over a week
VARIANCES: Final = slice(13, 16)  # of the same three
TYPICAL: Final = 16  # how strange the strangest point of a typical day is
TODAY: Final = 17  # number of the day (UTC) that the newest point lies in
SLOT: Final = 18  # where that day is in the rings
# Of the latest days that had points: largest and smallest value, strangest point.
HIGHS: Final = slice(19, 19 + RANGE_DAYS)
LOWS: Final = slice(HIGHS.stop, HIGHS.stop + RANGE_DAYS)
PEAKS: Final = slice(LOWS.stop, LOWS.stop + RANGE_DAYS)
WIDTH: Final = PEAKS.stop


class Floor(NamedTuple):
    """How small the deviation of a series can get.

    `least` is in the unit of the series. With `counted` the deviation is that of a Poisson count
    at least, and larger upwards, so that a few lines out of nothing are no burst.
    """

    least: float = 0.0
    counted: bool = False


PLAIN: Final = Floor()
PERCENT: Final = Floor(least=1.0)  # a percentage point: an idle CPU that wakes up is no news
COUNTS: Final = Floor(counted=True)  # events a minute
