"""Links in Redis, by its own protocol: a pool of connections, one exchange a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sonde.link_stores.interface import Entity, Found, Link, LinkStore, LinkStoreRefused
from sonde.link_stores.redis_values import RedisValues


class RedisStore:
    """Needs the package `redis` (`pip install "sonde[redis]"`). Raises ImportError without it."""

    def __init__(self, url: str, values: RedisValues, *, timeout_s: float, connections: int) -> None:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._values = values
        # A connection that died while it waited in the pool is made anew, once and at once.
        self._redis: Any = redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 1),
            max_connections=connections,
            decode_responses=True,
            # Any program may have written the value: what is not UTF-8 is no link, and no failure.
            encoding_errors="surrogateescape",
        )

    @property
    def parts(self) -> Mapping[str, LinkStore]:
        """Itself."""
        return {"redis": self}

    def check(self) -> None:
        """`PING`."""
        self._redis.ping()

    def put(self, links: Sequence[Link]) -> None:
        """`SET key value EX …` for each, in one exchange."""
        if len(links) == 1:
            (link,) = links
            self._redis.set(
                self._values.key(link.entity), self._values.value(link.record), ex=self._values.ttl_s
            )
            return
        with self._redis.pipeline(transaction=False) as pipeline:
            for link in links:
                pipeline.set(
                    self._values.key(link.entity), self._values.value(link.record), ex=self._values.ttl_s
                )
            _refuse_errors(pipeline.execute(raise_on_error=False))

    def get(self, entities: Sequence[Entity]) -> list[Found | None]:
        """`GET` and `PTTL` of each, in one exchange."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for entity in entities:
                key = self._values.key(entity)
                pipeline.get(key)
                pipeline.pttl(key)
            answers = cast(list[Any], pipeline.execute(raise_on_error=False))
        answers = [None if _is_of_another_type(each) else each for each in answers]
        _refuse_errors(answers)
        return [
            self._values.found(value, left) for value, left in zip(answers[::2], answers[1::2], strict=True)
        ]

    def close(self) -> None:
        """Close the pool."""
        self._redis.close()


def _is_of_another_type(answer: Any) -> bool:
    """Whether the key holds a list or the like: that is no link of ours."""
    return isinstance(answer, Exception) and str(answer).startswith("WRONGTYPE")


def _refuse_errors(answers: Sequence[Any]) -> None:
    wrong = next((each for each in answers if isinstance(each, Exception)), None)
    if wrong is not None:
        raise LinkStoreRefused(str(wrong)) from wrong
