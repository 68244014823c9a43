"""A program that asks a model once, configured by its environment alone; the address is its argument."""

from __future__ import annotations

import sys

from openai import OpenAI

import sonde

sonde.configure(service_name="asking")
client = OpenAI(api_key="x", base_url=sys.argv[1])
with sonde.conversation("c1"):
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi" * 5000}])
