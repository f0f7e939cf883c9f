"""The evaluation as a spreadsheet: what the screen shows, with numbers that can be added up."""

from datetime import date
from io import BytesIO

import xlsxwriter

NAME = 31  # longest name of a sheet
# What begins with "=" or "http" is what somebody called a client: no formula, no link.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
LEFT = {"bold": True, "align": "left"}
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def write(screen: dict) -> bytes:
    """Return a workbook with a sheet for each section.

    :param screen: ``title``, ``subtitle`` and ``sections``, each with ``title``, ``tiles``
        (``label``, ``value``, ``note`` and maybe ``number``), ``tables`` (``title``,
        ``columns``, ``rows`` and ``total`` with ``label`` and ``cells`` of (text, number or
        day, key))
        and ``notes``
    """
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, OPTIONS) as book:
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "bold": book.add_format({"bold": True}),
            "head": book.add_format({"bold": True, "bottom": 1, "align": "right"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "number": book.add_format({"num_format": "#,##0"}),
            "decimals": book.add_format({"num_format": "#,##0.00"}),
            "sum": book.add_format({"num_format": "#,##0", **LEFT}),
            "sum decimals": book.add_format({"num_format": "#,##0.00", **LEFT}),
            "share": book.add_format({"num_format": "0.0%"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        }
        for section in screen["sections"]:
            page = book.add_worksheet(section["title"].translate(FORBIDDEN)[:NAME])
            page.set_column(0, 0, 30)
            widest = max((len(table["columns"]) for table in section["tables"]), default=0)
            page.set_column(1, max(widest, 8), 16)
            page.write(0, 0, f"{screen['title']}: {section['title']}", formats["title"])
            page.write(1, 0, screen["subtitle"])
            _write_section(page, section, formats)
    return stream.getvalue()


def _write_section(page, section: dict, formats: dict) -> None:
    row = 3
    if section.get("headline"):
        page.write(row, 0, section["headline"], formats["bold"])
        row += 2
    for tile in section["tiles"]:
        page.write(row, 0, tile["label"])
        if tile.get("number") is None:
            page.write(row, 1, tile["value"], formats["bold"])
        else:
            whole = round(tile["number"], 2) == round(tile["number"])
            style = formats["sum" if whole else "sum decimals"]
            page.write_number(row, 1, round(tile["number"], 2), style)
        page.write(row, 2, tile["note"])
        row += 1
    for chart in section["charts"]:
        row = _write_chart(page, row + 1, chart, formats)
    for table in section["tables"]:
        row = _write_table(page, row + 1, table, formats)
    row += 1
    for note in section["notes"]:
        page.merge_range(row, 0, row, 7, note, formats["wrap"])
        page.set_row(row, 32)
        row += 1


def _write_table(page, row: int, table: dict, formats: dict) -> int:
    page.write(row, 0, table["title"], formats["bold"])
    row += 1
    for column, name in enumerate(table["columns"], 1):
        page.write(row, column, name, formats["head"])
    for line in [*table["rows"], table["total"]]:
        row += 1
        page.write(row, 0, line["label"], formats["bold"] if line is table["total"] else None)
        for column, (text, number, _key) in enumerate(line["cells"], 1):
            if number is None:
                page.write(row, column, text)
            elif isinstance(number, date):
                page.write_datetime(row, column, number, formats["day"])
            else:
                style = "number" if round(number, 2) == round(number) else "decimals"
                style = "share" if text.endswith("%") else style
                page.write_number(row, column, number, formats[style])
    return row + 1


def _write_chart(page, row: int, chart: dict, formats: dict) -> int:
    """Write the figures of a chart, which stand in no table."""
    if not chart.get("percent"):
        return row - 1
    page.write(row, 0, chart["title"], formats["bold"])
    row += 1
    series = [(dataset["label"], dataset["values"]) for dataset in chart["datasets"]]
    for column, (name, _values) in enumerate(series, 1):
        page.write(row, column, name, formats["head"])
    for place, label in enumerate(chart["labels"]):
        row += 1
        page.write(row, 0, label)
        for column, (_name, values) in enumerate(series, 1):
            page.write_number(row, column, values[place] / 100, formats["share"])
    return row + 1
