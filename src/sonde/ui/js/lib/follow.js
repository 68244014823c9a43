// Server-sent events of /api/v1/tail. EventSource cannot send a key, so the stream is read from a response.

import { apiUrl, request } from "./api.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;

// Calls `record` with each record, `dropped` with how many batches were left out, `state` with "open", "closed" or the
// error that ended the stream; comes back by itself. Answers a function that ends it.
export function follow(params, { record, dropped = () => {}, state = () => {} }) {
  const calls = new AbortController();
  const run = async () => {
    let wait = FIRST_WAIT_MS;
    while (!calls.signal.aborted) {
      try {
        const answer = await request(apiUrl("tail", params), calls.signal);
        state("open");
        wait = FIRST_WAIT_MS;
        await read(answer.body, record, dropped);
        state("closed");
      } catch (error) {
        if (calls.signal.aborted) return;
        state(error);
        // What the server refuses it will refuse again.
        if (error.status >= 400 && error.status < 500) return;
      }
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  };
  run();
  return () => calls.abort();
}

async function read(body, record, dropped) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const messages = (rest + value).split("\n\n");
    rest = messages.pop();
    for (const message of messages) {
      const lines = message.split("\n");
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (!data) continue;
      const parsed = JSON.parse(data);
      if (lines.includes("event: dropped")) dropped(parsed.batches);
      else record(parsed);
    }
  }
}
