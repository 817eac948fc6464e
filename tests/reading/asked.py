"""Asking the API."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

LISTS = ["questions", "tags", "columns", "experts", "search?q=calf"]


def get(client: Client, address: str, **headers: str) -> HttpResponse:
    response = client.get(f"/api/v1/{address}", headers=headers)
    assert response["Content-Type"].startswith("application/json"), response
    return response


def items(client: Client, address: str) -> list[dict[str, Any]]:
    response = get(client, address)
    assert response.status_code == 200, response.content
    return response.json()["items"]


def slugs(client: Client, address: str) -> list[str]:
    return [item["slug"] for item in items(client, address)]


def pages(client: Client, address: str, *, limit: int) -> list[list[str]]:
    """A whole list as its cursors lead through it: the slugs of each page."""
    found, cursor = [], ""
    while cursor is not None:
        join = "&" if "?" in address else "?"
        answer = get(client, f"{address}{join}limit={limit}{cursor}").json()
        found.append([item["slug"] for item in answer["items"]])
        cursor = f"&cursor={answer['next']}" if answer["next"] else None
    return found
