"""Any engine opened as lazy tables in our schema.

In come a company's `source.yaml` and the project's root; out comes a `Source`: Ibis tables with our column names and
types, what the door kept out, and a fingerprint. Parquet and DuckDB files are scanned in place, PostgreSQL,
MySQL or MariaDB and Spark answer where they stand, files without types (CSV, Excel, SQLite) pass `ingest` first.
"""

import os
import re
from pathlib import Path

from helpers.errors import BadConfiguration, NoInput
from helpers.settings.company import Company
from helpers.source.embedded import open_duckdb, open_files
from helpers.source.opened import Source, closed_on_error

__all__ = ["Source", "address_of", "closed_on_error", "open_source"]


def open_source(company: Company, root: Path) -> Source:
    """The company's tables, lazily; errors name the file, table or column to mend."""
    if not company.connect:
        return open_files(company, root)
    address = address_of(company.connect)
    scheme = address.partition(":")[0]
    if scheme == "duckdb":
        return open_duckdb(company, root, address)
    if scheme in ("postgresql", "postgres"):
        from helpers.source.postgres import open_postgres

        return open_postgres(company, address, is_ours=company.connect.startswith("$"))
    if scheme in ("mysql", "mariadb"):
        from helpers.source.mysql import open_mysql

        return open_mysql(company, address, is_ours=company.connect.startswith("$"))
    if scheme in ("spark", "sc"):
        from helpers.source.spark import open_spark

        return open_spark(company, address)
    which = company.connect if company.connect.startswith("$") else f"'{scheme}:'"  # a variable may hold a secret
    raise BadConfiguration(f"connect: {which} is not known; allowed: {', '.join(FORMS)}")


FORMS = (
    "duckdb:PATH",
    "postgresql://HOST/DATABASE",
    "mysql://HOST/DATABASE",
    "spark:MASTER",
    "sc://HOST:PORT",
    "$VARIABLE",
)


SERVER = r"(?:\[[^\]/?#]*\]|[^\[\]@:/?#,]*)(?::\d*)?"
REST = rf"{SERVER}(?:,{SERVER})*(?:/[^@#]*)?(?:\?(?:[^@#=]+=[^#]*)?)?"
ADDRESS = re.compile(
    rf"postgres(?:ql)?://(?:(?:[^@/%]|%[0-9a-fA-F]{{2}})*@)?{REST}|(?:mysql|mariadb)://(?:[^/?#]*@)?{REST}"
)
"""As the drivers read it: to libpq a login ends at the first @ or /, to urlsplit at the last @ before a /, ? or #."""


def address_of(text: str) -> str:
    """The address itself, or the one that a named environment variable holds. BadConfiguration, which quotes nothing of
    it, where the login of a database would be taken for its server or name, and told with them."""
    address = os.environ.get(text[1:], "") if text.startswith("$") else text
    if not address:
        raise NoInput(
            f"the environment variable {text[1:]} is not set; source.yaml reads the database's address from it"
        )
    scheme = address.partition(":")[0]
    if scheme in ("postgres", "postgresql", "mysql", "mariadb") and not ADDRESS.fullmatch(address):
        which = text if text.startswith("$") else "the address"
        raise BadConfiguration(f"connect: {which} is not written as SCHEME://USER@HOST/DATABASE; a password goes into "
                               "PGPASSWORD or MYSQL_PWD; in an address of the environment % is written %25, / %2F, "
                               "@ %40, # %23, ? %3F")  # fmt: skip
    return address
