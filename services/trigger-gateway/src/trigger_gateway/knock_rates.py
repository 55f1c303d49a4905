"""How often one address may knock: a bucket of tokens for each, in this process alone, of the latest addresses only."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 10_000


class KnockRates:
    """Lets each address through so many times a minute, and as many at once; every replica counts by itself."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self.clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def let_through(self, address: str) -> bool:
        """Take a token of this address, and say whether there was one."""
        now = self.clock()
        tokens, since = self._buckets.pop(address, (float(self.per_minute), now))
        tokens = min(float(self.per_minute), tokens + (now - since) * self.per_minute / 60)
        enough = tokens >= 1
        self._buckets[address] = (tokens - 1 if enough else tokens, now)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return enough
