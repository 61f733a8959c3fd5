"""The benchmark's peers agree on a small history, so its ratios compare equal work."""

from decimal import Decimal

import pytest
from tests.bench import csv_files as bench_csv
from tests.bench import promising_page as bench_promise_page
from tests.bench import rating as bench


def test_every_peer_gives_one_number_of_clients_and_one_total(tmp_path):
    bench.make_sales(tmp_path, 24_000, 500, 7)
    for period in (bench.YEAR, bench.MONTH):
        found = {peer: bench.PEERS[peer](tmp_path, period)[:2] for peer in ("limit", "sql", "ours", "report")}
        assert len({(clients, Decimal(total)) for clients, total in found.values()}) == 1, found


def test_the_peers_of_csv_give_the_same_and_count_every_line(tmp_path):
    lines = bench_csv.make_csv(tmp_path, 24_000)
    found = [peer(tmp_path) for peer in bench_csv.PEERS.values()]
    assert len({(clients, Decimal(total), rows) for clients, total, rows in found}) == 1, found
    assert found[0][2] == lines == 24_000


@pytest.mark.kernel
def test_the_promising_page_has_the_clients_of_its_table(tmp_path, capfd):
    bench.make_sales(tmp_path, 24_000, 500, 7)
    root = bench_promise_page.project(tmp_path)
    for what in ("table", "page"):
        clock, processor, memory = bench_promise_page.measured(what, root)
        assert clock > 0
        assert processor > 0.5
        assert 0.1 < memory < 2
    assert capfd.readouterr().out.count("500 clients") == 2
