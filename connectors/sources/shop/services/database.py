"""PostgreSQL on db-1: stderr log with `%m [%p] %u@%d`."""

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import DATABASE, Stream
from connectors.sources.shop.stamps import spaced
from connectors.sources.shop.visits import Visit

_SLOW_MS = 200.0
_STATEMENTS = {
    "search": "SELECT id, name, price FROM products WHERE words @@ plainto_tsquery($1) LIMIT 40",
    "checkout": "INSERT INTO orders (user_id, total, state) VALUES ($1, $2, $3) RETURNING id",
}
_STATEMENT = "SELECT id, name, price, stock FROM products WHERE category = $1 ORDER BY rank"


def queried(visit: Visit) -> list[Said]:
    """The statement of a visit, where it took longer than log_min_duration_statement."""
    took = visit.ms - visit.stuck_ms
    if not visit.api or took < _SLOW_MS:
        return []
    statement = _STATEMENTS.get(visit.kind.name, _STATEMENT)
    text = f"LOG:  duration: {took - 9:.3f} ms  execute s{visit.order % 90}: {statement}"
    return [_line(visit.ended - 0.009, 8000 + visit.user % 900, text)]


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Checkpoints, vacuum, and a double click that breaks a constraint."""
    found = []
    for at in occasions(seed, "checkpoint", 300, start, stop):
        random = dice(seed, "checkpoint at", int(at))
        buffers = random.randint(300, 1500)
        seconds = buffers / 100
        text = (
            f"LOG:  checkpoint complete: wrote {buffers} buffers ({buffers / 163.84:.1f}%);"
            f" 0 WAL file(s) added, 0 removed, 1 recycled; write={seconds:.3f} s,"
            f" sync=0.0{random.randint(10, 99)} s, total={seconds + 0.1:.3f} s"
        )
        found.append(_line(at, 41, "LOG:  checkpoint starting: time", ""))
        found.append(_line(at + seconds, 41, text, ""))
    for at in occasions(seed, "vacuum", 400, start, stop):
        pages = dice(seed, "vacuum at", int(at)).randint(10, 400)
        text = (
            'LOG:  automatic vacuum of table "shop.public.carts": index scans: 1,'
            f" pages: 0 removed, {pages} remain, system usage: CPU: user: 0.03 s"
        )
        found.append(_line(at, 7000 + int(at) % 900, text, ""))
    for at in occasions(seed, "double click", 1100, start, stop):
        user = dice(seed, "double", int(at)).randint(20_000, 29_000)
        number = 8000 + user % 900
        for text in (
            'ERROR:  duplicate key value violates unique constraint "cart_items_pkey"',
            f"DETAIL:  Key (cart_id)=({user}) already exists.",
            "STATEMENT:  INSERT INTO cart_items (cart_id, product_id) VALUES ($1, $2)",
        ):
            found.append(_line(at, number, text))
    for at in occasions(seed, "connection", 25, start, stop):
        number = 8000 + int(at) % 900
        text = "LOG:  connection authorized: user=shop database=shop application_name=shop-api"
        found.append(_line(at, number, text))
    return found


def _line(at: float, process: int, text: str, who: str = "shop@shop ") -> Said:
    return Said(at, Stream(DATABASE, "postgres"), f"{spaced(at)} UTC [{process}] {who}{text}")
