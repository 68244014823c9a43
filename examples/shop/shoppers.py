"""Shoppers: a gentle stream of real requests, two to five a second, until told to stop."""

from __future__ import annotations

import argparse
import random
import time

import httpx

SKUS = [
    "kettle",
    "grinder",
    "scale",
    "filter-60",
    "beans-house",
    "beans-house",
    "beans-geisha",
    "mug",
    "moka",
]
WORDS = ["beans", "pot", "mug", "filter", "kettle"]


def visit(client: httpx.Client, user: str) -> None:
    """One shopper looks around and perhaps buys something."""
    client.get("/")
    time.sleep(random.uniform(0.1, 0.5))
    if random.random() < 0.4:
        client.get("/search", params={"words": random.choice(WORDS)})
    sku = "teapot" if random.random() < 0.04 else random.choice(SKUS)
    client.get(f"/products/{sku}")
    time.sleep(random.uniform(0.1, 0.6))
    if sku != "teapot" and random.random() < 0.5:
        card = "4000 0000 0000 0002" if random.random() < 0.12 else "4242 4242 4242 4242"
        basket = {"sku": sku, "quantity": random.choice([1, 1, 1, 2, 3]), "card": card}
        client.post("/checkout", json=basket, headers={"x-user": user})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--storefront", required=True, help="URL of the storefront")
    with httpx.Client(base_url=parser.parse_args().storefront, timeout=10) as client:
        while True:
            try:
                visit(client, f"user-{random.randrange(1, 60)}")
            except httpx.HTTPError as error:
                print(f"no answer from the storefront: {error}", flush=True)
                time.sleep(1)
            time.sleep(random.uniform(0.05, 0.4))


if __name__ == "__main__":
    main()
