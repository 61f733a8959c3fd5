"""A made-up group of clinics: 24 months of sales, of any size, the same for the same arguments.

In come a folder, today's date and a number of lines; out come Parquet files in the tables of `schema`, one a
month of sale lines and bonus entries. What happens in the company stands in demo.sql; here are its size, its
clients' names, which are of nobody, and the order of writing.
"""

import datetime as dt
from itertools import product
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import track

from helpers.errors import BadParameter, CannotCreate
from helpers.source.duckdb_connection import connect_duckdb

TABLES = (
    "client",
    "client_price_list",
    "price_list",
    "price_list_item",
    "branch",
    "branch_name",
    "bonus_kind",
)
FRENCH = ("client_fr", "branch_fr", "price_list_fr")  # the same company as a reader of French would have it
LINES_PER_DOCUMENT = 1.83
LARGE = 2_000_000  # from here on it takes long enough for a progress bar

NAMES = (
    ("Zoé Élise Maël Loïc Noémie Anaïs Théo Inès",
     "Valmarine Brinvert Château-Lune Orvallier Désormaux L’Hivernal"),
    ("Jörg Käthe Bjørn Åsa Søren Jürgen Märta Jörn",
     "Weißensternau Öhlbrück Strømvik Grünhaldt Æbleskov Straßwinkel"),
    ("Łucja Živa Šimon Dušan Ágnes Győző Józefa Ťana",
     "Brzozogórska Čiernovod Nagytölgy Świtezianka Ždárnik Hřebenáč"),
    ("Iñaki João Conceição Núria Xosé Begoña Tomás Íris",
     "Peñalunar Montesoñado Ribazul Claramão Valdeviñas Ençara"),
    ("İpek Işık Çağla Şirin Gülnaz Ömer İlkay Yağız",
     "Yıldızoğlugil Gümüşırmak Çınaraltı Şafaklı Ilgazdere İncirtepe"),
    ("Иван Ольга Їжа Світлана Юрий Жанна Пётр Ґандзя",
     "Звездаренко Морозлик Сонцеград Ёлкинский Берестовий Щукоморов"),
    ("Ελένη Νίκος Ζωή Άγγελος Θάλεια Ίων Ρόζα Ωρίων",
     "Αστερόπουλος Θαλασσινάκης Φεγγαρίδου Ανεμόγλου Ψηλορίδης"),
    ("ليلى يوسف نور سلمى هاني زهرة كريم أمل", "نجم_البحار أبو_الغيم ابن_الندى بنت_القمر الريحاني_الأزرق"),
    ("נועה אורי תמר יעל גיל שירה עדן רון", "כוכבים-ים בן-שקיעה אור-הלבנה הר-הענן גן-השלג"),
    ("云 海 星 雨 梅 山 月 林", "司空流光 慕容听雪 上官晴岚 欧阳远帆 东方未晞"),
)  # fmt: skip

FRENCH_NAMES = (
    "Zoé Élise Maël Loïc Noémie Anaïs Théo Inès Hélène Gaëlle Benoît Aurélien Clémence Fabien Margaux Rémi Solène "
    "Étienne Océane Jérôme Lucie Mathieu Agnès Cédric",
    "Valmarine Brinvert Château-Lune Orvallier Désormaux L’Hivernal Montclairval Rochebrune-Vive Sauvelande Beaurivel "
    "Tournemire-Bois Grandcelier Mirepoint Verdelac Fontebrise Larivoire Courcemont Blanchecombe Sainte-Ombre "
    "Pierrevigne Clairgonde Houllebois Marchevent Aubrenoire",
)  # fmt: skip

SPECIAL_NAMES = (
    "Maria Fernandes", "Maria Fernandes", "Ömer Weiß", "Ζωή Λουλούδη", "İstemi Ilıca", "Éloïse Brinvert-Lune",
    "陈云海", "Ольга Сиверинская", "نور الشاطئ", "אורי גל-ים", "Nguyễn Thị Ánh Dương", "Ada 🦋 Lumen",
    "NA", "null", "True", "None", "nan", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "</script>", "</td></tr></table>", "javascript:alert(1)", "{{7*7}}", "$x$", "[a](javascript:alert(1))",
    '=HYPERLINK("http://example.invalid","x")', "@SUM(A1:A9)", "+7 999 000-00-00", "-Иван", "\t=1+1",
    "Zero\u200bWidth\u200dJoiner", "\u202eright to left\u202c", "Z̸̢̛a̵̡͝l̶̨̛g̷̢͠o̸͜͝", "Total", "client", "﷽", "  padded  ",
    'a"b; drop table client; --', "O’Brien & Söhne <GmbH>", "ǅemal ſtraße ﬁ", "Very long name " * 20,
)  # fmt: skip
"""The most frequent clients: two of one name, then NA and its like, then what may harm a page or a sheet."""


def make_demo(folder: Path, today: dt.date, lines: int = 20_000, seed: int = 1) -> None:
    """Write the demo company into `folder`: about `lines` sale lines up to the last complete month.

    An earlier demo in the folder is replaced. Raises BadParameter for a size out of range, and CannotCreate.
    """
    if not 1_000 <= lines <= 10**9:
        raise BadParameter(f"lines must lie between 1,000 and 1,000,000,000, got {lines:,}")
    _clear(folder)
    with connect_duckdb(memory_limit="1GB", temp_directory=str(folder / ".spill")) as con:
        _set(con, **_variables(today, lines, seed))
        con.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
        for table in (*TABLES, *FRENCH):
            con.table(table).write_parquet(str(folder / f"{table}.parquet"))
        months = con.table("month").fetchall()
        shown = track(months, "Making sales", console=Console(stderr=True), disable=lines < LARGE)
        for month, first, beyond in shown:
            _write_month(con, folder, f"{month:%Y-%m}.parquet", first, beyond)
        _write_expired(con, folder / "bonus_entry")


def _write_month(con: duckdb.DuckDBPyConnection, folder: Path, name: str, first: int, beyond: int) -> None:
    sale_lines, entries = str(folder / "sale_line" / name), str(folder / "bonus_entry" / name)
    con.execute("CREATE OR REPLACE TABLE this_month AS FROM document(?, ?)", [first, beyond])
    con.execute("CREATE OR REPLACE TABLE redemption AS FROM redeemed")
    con.table("sale_line").write_parquet(sale_lines)
    _set(con, sale_lines=sale_lines, entries=entries)
    con.sql("FROM bonus_entry(getvariable('sale_lines'))").write_parquet(entries)
    con.execute("CREATE OR REPLACE TABLE past_entry AS FROM read_parquet(getvariable('entries'))")


def _write_expired(con: duckdb.DuckDBPyConnection, entries: Path) -> None:
    _set(con, entries=str(entries / "????-??.parquet"))
    con.sql("FROM expired(getvariable('entries'))").write_parquet(str(entries / "expired.parquet"))


def _clear(folder: Path) -> None:
    try:
        for name in ("sale_line", "bonus_entry"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            for month in (folder / name).glob("????-??.parquet"):
                month.unlink()
    except OSError as error:
        raise CannotCreate(f"{folder}: cannot be written ({error.strerror})") from None


def _set(con: duckdb.DuckDBPyConnection, **variables: object) -> None:
    for name, value in variables.items():
        con.execute(f"SET VARIABLE {name} = ?", [value])


def _variables(today: dt.date, lines: int, seed: int) -> dict[str, object]:
    """What demo.sql begins with; the rest of its variables follow from these."""
    return {
        "seed": seed,
        "first": dt.date(today.year - 2, today.month, 1),
        "documents": round(lines / LINES_PER_DOCUMENT),
        "clients": max(60, lines // 50),
        "never_bought": max(3, lines // 1000),
        "special_names": list(SPECIAL_NAMES),
        "names": [name for parts in NAMES for name in _whole_names(*parts)],
        "french_names": _whole_names(*FRENCH_NAMES),
    }


def _whole_names(given_names: str, families: str) -> list[str]:
    pairs = product(given_names.split(), families.split())
    return [f"{first_name} {family}".replace("_", " ") for first_name, family in pairs]
