"""Access lines of AWS's application load balancer.

`type time elb client:port target:port times*3 elb_status target_status bytes*2 "request" ...`
"""

import re

from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import http_status

_LINE = re.compile(
    r"(?:https?|h2|grpcs?|wss?) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S{1,255}) "
    r'\S{3,64} \S{1,64} [\d.-]+ [\d.-]+ [\d.-]+ (\d{3}|-) \S{1,3} \d+ \d+ "([^"]*+)"'
)


@log_format("aws_alb", first="hgw")
def read(line: str) -> Parts | None:
    """The service is the load balancer; the message the request and what the balancer answered."""
    found = _LINE.match(line)
    if found is None:
        return None
    stamp, balancer, status, request = found.groups()
    return stamp, None, balancer, http_status(status), f"{request} {status}"
