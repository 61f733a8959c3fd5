"""The table of failures in docs/operations.md is what happens: papermill, nbconvert and our runner, run once more."""

import pytest
from tests.bench.runners import table
from tiny import root_of_the_suite


@pytest.mark.kernel
def test_the_documents_tell_who_tells():
    documented = (root_of_the_suite() / "docs/operations.md").read_text("utf-8")
    found = table()
    assert found in documented, found
