"""fulfilment on worker-1: Java with log4j, and a stack trace now and then."""

from typing import Final

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import WORKER, Stream
from connectors.sources.shop.stamps import stamp
from connectors.sources.shop.visits import Visit

_BOUNCED: Final = (
    "jakarta.mail.SendFailedException: Invalid Addresses\n"
    "\tat com.sun.mail.smtp.SMTPTransport.rcptTo(SMTPTransport.java:2064)\n"
    "\tat com.sun.mail.smtp.SMTPTransport.sendMessage(SMTPTransport.java:1286)\n"
    "\tat com.shop.fulfilment.Mailer.send(Mailer.java:63)\n"
    "Caused by: com.sun.mail.smtp.SMTPAddressFailedException: 550 5.1.1 user unknown\n"
    "\tat com.sun.mail.smtp.SMTPTransport.rcptTo(SMTPTransport.java:1917)\n"
    "\t... 4 more"
)


def ordered(visit: Visit) -> list[Said]:
    """An order is packed and its mail sent, some seconds after it was placed."""
    if visit.kind.name != "checkout":
        return []
    packed, sent = visit.ended + 1.8, visit.ended + 4.1
    thread = visit.user % 4 + 1
    ms = 300 + visit.user % 400
    return [
        _line(packed, "INFO ", f"packer-{thread}", "Packer", f"order {visit.order} packed in {ms}"),
        _line(sent, "INFO ", "mailer-1", "Mailer", f"mail for order {visit.order} handed over"),
    ]


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Polling, parcels that are called for, stock counts, and mails that come back."""
    found = []
    for at in occasions(seed, "stock", 15, start, stop):
        count = dice(seed, "stock at", int(at)).randint(20, 400)
        text = f"stock of {count} products counted"
        found.append(_line(at, "INFO ", "stock-1", "StockKeeper", text))
    for at in occasions(seed, "parcel", 20, start, stop):
        parcel = dice(seed, "parcel at", int(at)).randint(10**9, 10**10)
        found.append(_line(at, "DEBUG", "carrier-1", "Carrier", f"label {parcel} printed"))
    for at in occasions(seed, "carrier", 500, start, stop):
        text = "the carrier did not answer within 2000 ms, trying again"
        found.append(_line(at, "WARN ", "carrier-1", "Carrier", text))
    for at in occasions(seed, "bounced", 1000, start, stop):
        user = dice(seed, "bounced at", int(at)).randint(20_000, 29_000)
        text = f"mail of user {user} came back\n{_BOUNCED}"
        found.append(_line(at, "ERROR", "mailer-1", "Mailer", text))
    return found


def _line(at: float, level: str, thread: str, logger: str, text: str) -> Said:
    moment = stamp("%Y-%m-%d %H:%M:%S,%f", at)
    line = f"{moment} {level} [{thread}] com.shop.fulfilment.{logger} - {text}"
    return Said(at, Stream(WORKER, "fulfilment"), line)
