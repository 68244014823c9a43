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
# What has come to be long is for the larger model.
MODEL_FOR_LONG = "gemini-2.5-pro"
LONG_FROM_MESSAGES = 5
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


GLOSSARY = {
    "gap": "A gap is time in a trace that no span accounts for.",
    "latency": "Latency is how long somebody waits for an answer.",
    "root": "The root is the span that no other one called.",
}
LOOK_UP = types.FunctionDeclaration(
    name="look_up",
    description="What a word of tracing means.",
    parameters=types.Schema(
        type=types.Type.OBJECT, properties={"word": types.Schema(type=types.Type.STRING)}, required=["word"]
    ),
)
TOOLS = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[LOOK_UP])])


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
        sonde.entity("customer", user)
        said = await asyncio.to_thread(history.of, conversation)
        contents = [types.Content(role=role, parts=[types.Part(text=text)]) for role, text in said]
        chosen = MODEL if len(said) < LONG_FROM_MESSAGES else MODEL_FOR_LONG
        try:
            answer, called = await answered(sid, chosen, contents)
            if called:
                contents += await asyncio.to_thread(used, called)
                answer, _ = await answered(sid, chosen, contents)
        except errors.APIError as error:
            return {"error": error.message or "The model did not answer."}
        await asyncio.to_thread(history.add, conversation, "model", answer)
        return {"answer": answer}


async def answered(
    sid: str, chosen: str, contents: list[types.Content]
) -> tuple[str, list[types.FunctionCall]]:
    """What the model says, passed on as it comes, and the tools that it wants used."""
    text, called = "", list[types.FunctionCall]()
    chunks = await model.models.generate_content_stream(model=chosen, contents=contents, config=TOOLS)
    async for chunk in chunks:
        for part in chunk.parts or ():
            if part.function_call:
                called.append(part.function_call)
            if part.text:
                text += part.text
                await chat.emit("chat.words", part.text, to=sid)
    return text, called


def used(called: list[types.FunctionCall]) -> list[types.Content]:
    """The calls of tools as the model made them, and what they found."""
    asked = [types.Part(function_call=call) for call in called]
    found = [
        types.Part.from_function_response(
            name=call.name or "", response={"result": look_up(**(call.args or {}))}
        )
        for call in called
    ]
    return [types.Content(role="model", parts=asked), types.Content(role="user", parts=found)]


@sonde.traced(
    "execute_tool look_up", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"}
)
def look_up(word: str) -> str:
    return GLOSSARY.get(word.lower(), f"I found nothing of the word {word}.")


web.mount("/page", StaticFiles(directory=PAGE, check_dir=False), name="page")
app = socketio.ASGIApp(chat, web)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
