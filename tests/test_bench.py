"""The benchmark's peers agree on a small history, so its ratios compare equal work."""

from decimal import Decimal

from tests import bench


def test_every_peer_gives_one_number_of_clients_and_one_total(tmp_path):
    bench.make_sales(tmp_path, 24_000, 500, 7)
    for period in (bench.YEAR, bench.MONTH):
        found = {peer: bench.PEERS[peer](tmp_path, period)[:2] for peer in ("limit", "sql", "ours", "report")}
        assert len({(clients, Decimal(total)) for clients, total in found.values()}) == 1, found
