"""Who may spend much next: the forecast of every client, and the questions that a page asks of it.

docs/promising.md tells how it is computed and how good it was.
"""

from helpers.analysis.promising.answers import (
    ExpectedAgainstPast,
    LastList,
    NeverBoughtYet,
    NobodyBought,
    Origins,
    Outlook,
    Promising,
    RisingClients,
    SleepingClients,
    SuddenPurchases,
    expected_against_past,
    last_list,
    never_bought_yet,
    origins,
    outlook,
    promising,
    rising_clients,
    sleeping_clients,
    sudden_purchases,
)
from helpers.analysis.promising.forecast import Forecast, forecast, forecast_clients

__all__ = [
    "ExpectedAgainstPast", "Forecast", "LastList", "NeverBoughtYet", "NobodyBought", "Origins", "Outlook", "Promising",
    "RisingClients", "SleepingClients", "SuddenPurchases", "expected_against_past", "forecast", "forecast_clients",
    "last_list", "never_bought_yet", "origins", "outlook", "promising", "rising_clients", "sleeping_clients",
    "sudden_purchases",
]  # fmt: skip
