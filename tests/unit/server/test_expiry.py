"""Links and the audit log go when their time is over, and nothing sooner."""

from __future__ import annotations

from sonde.server.expiry import expire, rules
from sonde.settings import Settings
from sonde.store import Store

DAY_NS = 86_400 * 10**9
NOW_NS = 1_790_000_000 * 10**9


def chosen(**values: float) -> Settings:
    return Settings.model_validate(values)


def test_a_link_is_never_deleted_while_it_counts() -> None:
    kept = {rule.table: rule.days for rule in rules(chosen(links_ttl_days=30, retention_audit_days=7))}
    assert kept == {"entity_links": 30, "audit_log": 7}
    assert {rule.table: rule.days for rule in rules(chosen())} == {"entity_links": 14, "audit_log": 365}


def test_rows_past_their_time_are_deleted_of_every_tenant(store: Store) -> None:
    for tenant in ("expiry_a", "expiry_b"):
        database = store.tenant(tenant)
        for days in (1, 13.9, 14.1, 200, 364.9, 365.1):
            at = NOW_NS - round(days * DAY_NS)
            name = f"days_{days}"
            values = {"name": name, "at": at}
            database.execute(
                "INSERT INTO entity_links (EntityType, EntityId, RunId, FirstAt, RecordedAt) WITH "
                "fromUnixTimestamp64Nano({at:Int64}) AS at SELECT 'payment', {name:String}, 'run', at, at",
                values,
            )
            database.execute(
                "INSERT INTO audit_log (At, EntityId) "
                "SELECT fromUnixTimestamp64Nano({at:Int64}), {name:String}",
                values,
            )
    deleted = expire(store, chosen(), now_ns=NOW_NS)
    assert deleted["entity_links"] >= 8
    assert deleted["audit_log"] >= 2
    for tenant in ("expiry_a", "expiry_b"):
        database = store.tenant(tenant)
        links = database.query("SELECT EntityId FROM entity_links ORDER BY RecordedAt DESC").rows
        assert links == [("days_1",), ("days_13.9",)]
        audit = database.query("SELECT EntityId FROM audit_log ORDER BY At DESC").rows
        assert audit == [("days_1",), ("days_13.9",), ("days_14.1",), ("days_200",), ("days_364.9",)]
    assert sum(expire(store, chosen(), now_ns=NOW_NS).values()) == 0
