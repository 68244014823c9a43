"""Signs people in through a pipeline of Lua scripts, traced by Sonde.

python examples/signin_pipeline/run.py [--once | --seconds N]
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

from engine import Data, Engine, load, reputation_of

import sonde

BEFORE_SIGNIN = [
    [
        ("geo_blocker", "Geo Blocker"),
        ("reputation", "Address Reputation"),
        ("device_check", "Device Check"),
    ],
    [("rate_limit", "Rate Limit"), ("risk_score", "Risk Score")],
    [("second_factor", "Second Factor")],
]

TENANT = {"name": "acme", "blocked_countries": ["XX", "YY"]}
LAPTOP = {"id": "dev_laptop", "screen": {"width": 1920, "height": 1080}}

# Who signs in: user, address, device. The last one's device has no screen, which a script does not expect.
PEOPLE = [
    ("usr_ada", "192.0.2.10", LAPTOP),
    ("usr_bob", "203.0.113.9", None),
    ("usr_eve", "198.51.100.66", LAPTOP),
    ("usr_mallory", "192.0.2.99", LAPTOP),
    ("usr_zoe", "192.0.2.30", {"id": "dev_odd"}),
]


def main() -> None:
    parser = argparse.ArgumentParser(description="Signs people in through a pipeline of Lua scripts.")
    parser.add_argument("--once", action="store_true", help="each person once, then end")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="go on for so long")
    options = parser.parse_args()

    sonde.configure(service_name="signin")
    engine = Engine(
        pipelines={"before_signin": load(Path(__file__).parent / "scripts", BEFORE_SIGNIN)},
        host={
            "country_of": lambda ip: "XX" if ip.startswith("198.51.") else "CH",
            "reputation_of": reputation_of,
            "failed_attempts": lambda user_id: 9 if user_id == "usr_mallory" else 0,
        },
    )
    trace(engine)

    end = time.monotonic() + options.seconds
    try:
        while True:
            for user_id, ip, device in PEOPLE:
                sign_in(engine, user_id, ip, device)
                if not options.once:
                    time.sleep(random.uniform(0.2, 1.2))
            if options.once or time.monotonic() > end:
                break
    except KeyboardInterrupt:
        print("Stopped.")


def trace(engine: Engine) -> None:
    """All that tracing takes: what a trigger is about, and which scripts belong to it."""

    def about(trigger: str, context: Data, user_id: str, request_ip: str) -> Data:
        scripts = [
            {"name": script.name, "script_id": script.id, "layer": layer_index, "index": index}
            for layer_index, layer in enumerate(engine.pipelines[trigger])
            for index, script in enumerate(layer)
        ]
        return {
            "event": trigger,
            "user_id": user_id,
            "request_ip": request_ip,
            "context": context,
            "scripts": scripts,
        }

    sonde.TraceContext(trigger=about).install(engine, trigger="fire", script="run_script")


def sign_in(engine: Engine, user_id: str, ip: str, device: Data | None) -> None:
    context = {"tenant": TENANT, "device": device, "login": {"name": user_id, "password": "correct horse"}}
    try:
        decision = engine.fire("before_signin", context, user_id=user_id, request_ip=ip)
    except Exception as error:
        print(f"{user_id:12} error    {str(error).splitlines()[0]}", flush=True)
        return
    print(f"{user_id:12} {decision.status:8} {decision.reason or decision.output}", flush=True)


if __name__ == "__main__":
    main()
