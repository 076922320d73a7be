"""What stands on the demonstration's papers. People, policies and firms are invented."""

from collections.abc import Mapping
from typing import NamedTuple


class Sample(NamedTuple):
    """One paper: its file name and its truth by field."""

    name: str
    values: Mapping[str, str]


_CLAIM = ("policy", "claimant", "born", "phone", "loss", "cause", "amount", "remarks")
_INVOICE = ("supplier", "number", "date", "net", "tax", "total")

_CLAIMS = (
    ("HC-40718", "Mary Oneil", "12/03/1968", "01632 960114", "02/11/2024", "storm", "1,204.50", "roof tiles and gutter"),
    ("HC-40955", "Tomas Lindqvist", "07/09/1981", "01632 960287", "14/10/2024", "water", "860.00", "kitchen floor"),
    ("MB-11203", "Priya Raman", "30/01/1990", "01632 960352", "21/10/2024", "theft", "2,415.99", "bicycle and tools"),
    ("HC-41127", "George Appleton", "18/07/1955", "01632 960433", "29/09/2024", "fire", "7,930.00", ""),
    ("MB-11871", "Ewa Kowalska", "25/12/1976", "01632 960518", "05/11/2024", "water", "345.20", "ceiling in hall"),
    ("HC-42060", "Daniel Whitlock", "03/05/1962", "01632 960604", "11/11/2024", "storm", "510.75", "fence, two panels"),
    ("HC-42188", "Aisha Bello", "16/02/1987", "01632 960771", "08/10/2024", "other", "129.00", "broken window"),
    ("MB-12416", "Henrik Dahl", "21/08/1949", "01632 960825", "17/10/2024", "theft", "3,060.40", "jewellery"),
    ("HC-42733", "Chloe Marchand", "09/06/1993", "01632 960912", "01/11/2024", "fire", "1,877.15", "cooker and wall"),
    ("MB-12990", "Isaac Thornbury", "28/04/1971", "01632 960149", "24/10/2024", "water", "692.30", ""),
    ("HC-43015", "Nora Castellan", "14/11/1958", "01632 960266", "30/10/2024", "storm", "2,250.00", "chimney pot"),
    ("HC-43379", "Samuel Greaves", "05/10/1984", "01632 960390", "13/11/2024", "theft", "975.85", "laptop"),
    ("MB-13604", "Lucia Ferrante", "22/03/1979", "01632 960477", "19/09/2024", "water", "4,418.60", "bathroom and stairs"),
    ("HC-43921", "Owen Pritchard", "31/07/1966", "01632 960583", "27/10/2024", "storm", "388.00", "garden shed"),
    ("MB-14027", "Farida Nasser", "11/01/1995", "01632 960639", "06/11/2024", "other", "74.50", "door lock"),
    ("HC-44268", "Arthur Blenkinsop", "26/05/1943", "01632 960758", "04/10/2024", "fire", "5,600.00", "smoke, whole ground floor"),
)  # fmt: skip

_INVOICES = (
    ("Harbour Hardware Ltd", "HH-20817", "04/10/2024", "261.32", "15.68", "277.00"),
    ("Northgate Timber", "NT/4471", "11.10.2024", "1,180.00", "236.00", "1,416.00"),
    ("Kestrel Office Supply", "K-009314", "15 OCT 2024", "84.75", "16.95", "101.70"),
    ("Amber Electrical", "AE2024-1187", "21/10/2024", "640.50", "128.10", "768.60"),
    ("Paton and Sons", "P5 00681", "28/10/2024", "2,095.00", "419.00", "2,514.00"),
    ("Lumley Print Works", "LPW-77102", "02/11/2024", "318.40", "63.68", "382.08"),
    ("Redwood Catering", "RC 15560", "07/11/2024", "456.00", "91.20", "547.20"),
    ("Severn Glass", "SG-3308", "12/11/2024", "729.99", "146.00", "875.99"),
)

CLAIMS = tuple(
    Sample(f"claim-{number:02}.png", dict(zip(_CLAIM, row, strict=True)))
    for number, row in enumerate(_CLAIMS, start=1)
)
INVOICES = tuple(
    Sample(f"invoice-{number:02}.png", dict(zip(_INVOICE, row, strict=True)))
    for number, row in enumerate(_INVOICES, start=1)
)
