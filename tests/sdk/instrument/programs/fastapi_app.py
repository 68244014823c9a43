"""A shop in FastAPI, that knows nothing of telemetry."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator

import httpx
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse

app = FastAPI()


def query(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(text)
    connection.close()


@app.get("/sync/{number}")
def in_a_thread(number: int) -> dict[str, int]:
    query("SELECT 1 AS threaded")
    return {"number": number, "pid": os.getpid()}


@app.get("/async/{number}")
async def on_the_loop(number: int) -> dict[str, int]:
    query("SELECT 2 AS looped")
    return {"number": number, "pid": os.getpid()}


@app.get("/calls")
async def calls() -> dict[str, int]:
    async with httpx.AsyncClient() as client:
        return {"status": (await client.get(os.environ["OTHER"])).status_code}


def send_mail() -> None:
    query("DELETE FROM sqlite_master WHERE 0")


@app.get("/background")
async def background(tasks: BackgroundTasks) -> str:
    tasks.add_task(send_mail)
    return "later"


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        for number in range(3):
            await asyncio.sleep(0.01)
            query(f"SELECT {number}")
            yield str(number)

    return StreamingResponse(pieces())


@app.get("/slow")
async def slow() -> str:
    await asyncio.sleep(0.7)
    return "done"


@app.get("/fails")
async def fails() -> str:
    raise LookupError("no such order")


@app.websocket("/talk")
async def talk(socket: WebSocket) -> None:
    await socket.accept()
    query("SELECT 3 AS talked")
    await socket.send_text(await socket.receive_text())
    await socket.close()
