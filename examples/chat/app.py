"""The chat: a page, an HTTP endpoint that keeps a message, and a Socket.IO event that answers it.

CHAT_DATA is the folder of the built page and the history, MODEL_URL the model's API, SONDE_URL where the
browser sends its spans.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

import socketio
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from google import genai
from google.genai import errors, types
from history import History
from pydantic import BaseModel

import sonde

MODEL = "gemini-2.5-flash"
DATA = Path(os.environ["CHAT_DATA"])
PAGE = DATA / "page" / "built"
SONDE_URL = os.environ.get("SONDE_URL", "http://127.0.0.1:4318")

sonde.configure(service_name="chat", service_version="1.0.0", environment="demo")
history = History(DATA / "history.db")
model = genai.Client(
    api_key="none: the model is a stand-in",
    http_options=types.HttpOptions(base_url=os.environ["MODEL_URL"]),
).aio
chat = sonde.instrument_socketio(socketio.AsyncServer(async_mode="asgi"))
web = FastAPI()


class Message(BaseModel):
    """What the page posts."""

    conversation: str
    text: str


@web.get("/")
def page() -> HTMLResponse:
    try:
        html = (PAGE / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        return HTMLResponse("The page is still being built.", 503, {"Refresh": "2"})
    return HTMLResponse(html.replace("{{ sonde }}", SONDE_URL))


@web.post("/api/messages", status_code=201)
def add_message(message: Message) -> dict[str, int]:
    return {"id": history.add(message.conversation, "user", message.text)}


@web.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@chat.on("chat.ask")
async def ask(sid: str, conversation: str, user: str) -> dict[str, str]:
    """Answer the last message of a conversation as the words come; acknowledged when all are said."""
    with sonde.conversation(conversation, user_id=user):
        said = await asyncio.to_thread(history.of, conversation)
        contents = [types.Content(role=role, parts=[types.Part(text=text)]) for role, text in said]
        answer = ""
        try:
            async for chunk in await model.models.generate_content_stream(model=MODEL, contents=contents):
                answer += chunk.text or ""
                await chat.emit("chat.words", chunk.text or "", to=sid)
        except errors.APIError as error:
            return {"error": error.message or "The model did not answer."}
        await asyncio.to_thread(history.add, conversation, "model", answer)
        return {"answer": answer}


web.mount("/page", StaticFiles(directory=PAGE, check_dir=False), name="page")
app = socketio.ASGIApp(chat, web)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
