"""Shoppers: a gentle stream of visits until told to stop. A visit has an id, which the shop adopts.

python shoppers.py --storefront URL
"""

from __future__ import annotations

import argparse
import random
import secrets
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


def visit(shop: httpx.Client) -> None:
    """One shopper looks around and perhaps buys something."""
    shop.headers = {
        "X-User": f"user-{random.randrange(1, 60)}",
        "X-Correlation-ID": f"visit_{secrets.token_hex(6)}",
    }
    shop.get("/")
    look()
    if random.random() < 0.4:
        shop.get("/search", params={"words": random.choice(WORDS)})
    if random.random() < 0.04:
        shop.get("/products/teapot")
        return
    for sku in random.sample(SKUS, random.choice([1, 1, 2])):
        shop.get(f"/products/{sku}")
        look()
        shop.post(f"/cart/{sku}", params={"quantity": random.choice([1, 1, 2])})
    if random.random() < 0.5:
        card = "4000 0000 0000 0002" if random.random() < 0.12 else "4242 4242 4242 4242"
        shop.post("/checkout", json={"card": card})


def look() -> None:
    time.sleep(random.uniform(0.1, 0.6))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--storefront", required=True, help="its address")
    with httpx.Client(base_url=parser.parse_args().storefront, timeout=10) as shop:
        while True:
            try:
                visit(shop)
            except httpx.HTTPError as error:
                print(f"no answer from the storefront: {error}", flush=True)
                time.sleep(1)
            time.sleep(random.uniform(0.05, 0.4))


if __name__ == "__main__":
    main()
