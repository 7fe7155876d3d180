"""What one process does for all: one at a time, and nobody waits for one that is gone."""

import pytest
import redis

from libs.jobs.keys import Keys
from libs.jobs.watching.turn import Turn

LASTS_S = 60.0


def turn_of(client: redis.Redis, namespace: str) -> Turn:
    """One process's."""
    return Turn(client, namespace, "audit", LASTS_S)


def test_a_turn_is_one_processs_until_it_gives_it_back(redis_client: redis.Redis, namespace: str) -> None:
    one, other = turn_of(redis_client, namespace), turn_of(redis_client, namespace)
    for first, second in ((one, other), (other, one)):
        with first.taken() as ours, second.taken() as theirs:
            assert (ours, theirs) == (True, False)
            with second.taken() as again:  # who had none has given none back
                assert not again


def test_a_turn_that_is_kept_lasts_its_time_alone(redis_client: redis.Redis, namespace: str) -> None:
    one, other = turn_of(redis_client, namespace), turn_of(redis_client, namespace)
    with one.taken(keep=True) as ours:
        assert ours
    with other.taken() as theirs:
        assert not theirs
    assert 0 < int(redis_client.pttl(Keys(namespace).turn("audit"))) <= 1000 * LASTS_S  # type: ignore[arg-type]


@pytest.mark.parametrize("keep", [False, True])
def test_who_fails_gives_its_turn_back(redis_client: redis.Redis, namespace: str, keep: bool) -> None:
    with pytest.raises(ValueError, match="no"), turn_of(redis_client, namespace).taken(keep=keep):
        raise ValueError("no")
    with turn_of(redis_client, namespace).taken() as ours:
        assert ours


def test_who_took_too_long_takes_no_turn_from_another(redis_client: redis.Redis, namespace: str) -> None:
    with turn_of(redis_client, namespace).taken():
        redis_client.delete(Keys(namespace).turn("audit"))
        late = turn_of(redis_client, namespace).taken()
        assert late.__enter__()
    with turn_of(redis_client, namespace).taken() as theirs:
        assert not theirs
    late.__exit__(None, None, None)
    with turn_of(redis_client, namespace).taken() as theirs:
        assert theirs
