"""A stand-in for machines without redis-server: fakeredis answers on a port as Redis does.

python stand_in.py --port PORT
"""

from __future__ import annotations

import argparse

from fakeredis import TcpFakeServer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    server = TcpFakeServer(("127.0.0.1", parser.parse_args().port))
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
