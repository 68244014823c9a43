"""A stand-in of the model's HTTP API: its wire format, no model. Its tokens are words; those of earlier turns
are cached. A question with the word "mean" has it look a word up, by the tool that the chat offers.

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
THOUGHTS_OF = {"gemini-2.5-pro": 40}

app = FastAPI()


@app.post("/{version}/models/{model}:streamGenerateContent")
async def stream(version: str, model: str, request: Request) -> Any:
    """The answer some words at a time, as server-sent events; the tokens come with the last ones."""
    body = await request.json()
    contents = body["contents"]
    parts = [part for content in contents for part in content["parts"]]
    asked = [part.get("text", "") for part in parts]
    if "busy" in asked[-1].lower():
        error = {"code": 429, "message": "The model is overloaded.", "status": "RESOURCE_EXHAUSTED"}
        return JSONResponse({"error": error}, status_code=429)
    if found := parts[-1].get("functionResponse"):
        said = pieces(str(found["response"]["result"]))
    elif body.get("tools") and "mean" in asked[-1].lower():
        word = asked[-1].rstrip("?").split()[-1]
        said = [{"functionCall": {"name": "look_up", "args": {"word": word}}}]
    else:
        turns = sum("text" in content["parts"][0] for content in contents if content["role"] == "user")
        said = pieces(ANSWERS[(turns - 1) % len(ANSWERS)])
    return StreamingResponse(events(model, asked, said), media_type="text/event-stream")


def pieces(whole: str) -> list[dict[str, Any]]:
    """Some words each."""
    words = whole.split()
    starts = range(0, len(words), WORDS_AT_ONCE)
    texts = [" ".join(words[start : start + WORDS_AT_ONCE]) for start in starts]
    return [{"text": f"{text} "} for text in texts[:-1]] + [{"text": texts[-1]}]


async def events(model: str, asked: list[str], said: list[dict[str, Any]]) -> AsyncIterator[str]:
    tokens_in, cached = (sum(len(text.split()) for text in texts) for texts in (asked, asked[:-1]))
    tokens_out = sum(len(part.get("text", "look_up").split()) for part in said)
    thought = THOUGHTS_OF.get(model, 0)
    for number, part in enumerate(said, 1):
        await asyncio.sleep(WORD_S * len(part.get("text", "").split()))
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
        answer: dict[str, Any] = {"candidates": [candidate], "modelVersion": model, "responseId": "stand-in"}
        if number == len(said):
            candidate["finishReason"] = "STOP"
            answer["usageMetadata"] = {
                "promptTokenCount": tokens_in,
                "cachedContentTokenCount": cached,
                "candidatesTokenCount": tokens_out,
                "thoughtsTokenCount": thought,
                "totalTokenCount": tokens_in + tokens_out + thought,
            }
        yield f"data: {json.dumps(answer)}\n\n"


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning")
