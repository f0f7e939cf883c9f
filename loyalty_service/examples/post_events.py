#!/usr/bin/env python3
"""Post what happened with clients to Odoo, from a call centre or a WeChat connector.

    ODOO_API_KEY=... python3 post_events.py https://odoo.example.com DATABASE events.json

`events.json` holds a list of objects as `record_events` takes them, for instance

    [{"client_phone": "+86 21 5555 0101", "type": "call", "external_id": "pbx-20240301-17",
      "date": "2024-03-01T09:30:00+08:00", "summary": "Asked about the VAT return",
      "duration": 6}]

Needs nothing but Python. The API key is made in Odoo under My Profile > Account Security; what
it may record is what its user may. Sending a file again records nothing twice, so that a call
whose answer got lost is simply made again. The exit code is 1 if a row was refused.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request

ROUTE = "/json/2/loyalty.service.event/record_events"
BATCH = 500
TRIES = 3


def reason(error: urllib.error.HTTPError, url: str, database: str) -> str:
    """Return in words what the server says is wrong; its pages for browsers are no use here."""
    try:
        return json.loads(error.read().decode(errors="replace"))["message"]
    except (ValueError, KeyError, TypeError):
        if error.code == 404:
            return (
                f"{url} has no database {database!r}, or is older than Odoo 19. "
                "Check the address and the name."
            )
        return f"{url} says {error.reason} and no more. Check the address."


def read(path: str) -> list:
    """Return the events of a file, or of the standard input."""
    try:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as file:
            events = json.load(file)
    except OSError as error:
        sys.exit(f"{path} cannot be read: {error.strerror}")
    except ValueError as error:
        sys.exit(f"{path} is not JSON: {error}")
    if not isinstance(events, list):
        sys.exit(f"{path} holds no list: put the events into [ and ].")
    return events


def post(url: str, database: str, key: str, events: list, lang: str) -> list[dict]:
    """Return the answers to a batch of events; try again where the way there failed."""
    body = {"events": events, "context": {"lang": lang}}
    request = urllib.request.Request(
        url.rstrip("/") + ROUTE,
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"bearer {key}",
            "Content-Type": "application/json",
            "X-Odoo-Database": database,
        },
    )
    for attempt in range(1, TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == TRIES:
                sys.exit(f"{error.code}: {reason(error, url, database)}")
        except (json.JSONDecodeError, UnicodeDecodeError):
            # A page, such as the one on which a database is chosen.
            sys.exit(f"{url} does not answer like Odoo 19. Check the address.")
        except (urllib.error.URLError, TimeoutError) as error:
            if attempt == TRIES:
                sys.exit(f"No answer from {url}: {error}")
        time.sleep(2**attempt)
    raise AssertionError("the last attempt returns or exits")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("database")
    parser.add_argument("file", help="JSON, or - for the standard input")
    parser.add_argument("--lang", default="en_US", help="language of the messages")
    arguments = parser.parse_args()
    if not arguments.url.startswith(("http://", "https://")):
        parser.error("The address begins with https:// or http://.")
    key = os.environ.get("ODOO_API_KEY")
    if not key:
        sys.exit("Set ODOO_API_KEY.")
    events = read(arguments.file)
    counts = {"created": 0, "known": 0, "error": 0}
    for start in range(0, len(events), BATCH):
        batch = events[start : start + BATCH]
        answers = post(arguments.url, arguments.database, key, batch, arguments.lang)
        for number, answer in enumerate(answers, start):
            counts[answer["status"]] += 1
            if answer["status"] == "error":
                sys.stderr.write(f"row {number}: {answer['message']}\n")
    sys.stdout.write(json.dumps(counts) + "\n")
    return 1 if counts["error"] else 0


if __name__ == "__main__":
    sys.exit(main())
