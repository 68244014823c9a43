"""A stand-in of the model's HTTP API: its wire format, no model. Its tokens are words.

python model.py --port 8001
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

ANSWERS = (
    "A trace is everything that one request set off, a span is one piece of it.",
    "I am a stand-in: I know three sentences, and this is the second.",
    "Look at the longest bar first; what it waits for lies below it.",
)
WORD_S = 0.03
WORDS_AT_ONCE = 5

app = FastAPI()


@app.post("/{version}/models/{model}:streamGenerateContent")
async def stream(version: str, model: str, request: Request) -> Any:
    """The answer some words at a time, as server-sent events; the tokens come with the last ones."""
    contents = (await request.json())["contents"]
    asked = [part.get("text", "") for content in contents for part in content["parts"]]
    if "busy" in asked[-1].lower():
        error = {"code": 429, "message": "The model is overloaded.", "status": "RESOURCE_EXHAUSTED"}
        return JSONResponse({"error": error}, status_code=429)
    turns = sum(content["role"] == "user" for content in contents)
    answer = ANSWERS[(turns - 1) % len(ANSWERS)]
    return StreamingResponse(events(model, asked, answer), media_type="text/event-stream")


async def events(model: str, asked: list[str], whole: str) -> AsyncIterator[str]:
    words = whole.split()
    tokens_in = sum(len(text.split()) for text in asked)
    for start in range(0, len(words), WORDS_AT_ONCE):
        said = words[start : start + WORDS_AT_ONCE]
        await asyncio.sleep(WORD_S * len(said))
        is_last = start + WORDS_AT_ONCE >= len(words)
        text = " ".join(said) if is_last else " ".join(said) + " "
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
        answer: dict[str, Any] = {"candidates": [candidate], "modelVersion": model, "responseId": "stand-in"}
        if is_last:
            candidate["finishReason"] = "STOP"
            answer["usageMetadata"] = {
                "promptTokenCount": tokens_in,
                "candidatesTokenCount": len(words),
                "totalTokenCount": tokens_in + len(words),
            }
        yield f"data: {json.dumps(answer)}\n\n"


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning")
