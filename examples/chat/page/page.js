// The chat: a question is kept by HTTP and answered over Socket.IO, all of it in one trace.

import { io } from "socket.io-client";
import { addressOf, broughtBy, carrierOf, fail, inside, SpanKind, start } from "./telemetry.js";

const ANSWER_WITHIN_MS = 30_000;
const conversation = `conv_${crypto.randomUUID().slice(0, 8)}`;
const user = "usr_you";

// The query says that this page reads the contexts of messages, and so the server sends them.
const socket = io({ query: { otel: "1" }, transports: ["websocket"] });
const log = document.querySelector("#log");
const form = document.querySelector("form");
const field = form.querySelector("input");
const button = form.querySelector("button");

let answering;

socket.on("chat.words", (words, carrier) => {
  if (!answering) return;
  if (!answering.textContent) {
    // The first words are what one waits for; the others need no spans.
    const attributes = { "socketio.event": "chat.words", "messaging.system": "socketio" };
    start("receive chat.words", attributes, broughtBy(carrier), SpanKind.CONSUMER).end();
  }
  answering.textContent += words;
});
socket.on("connect", () => form.removeAttribute("inert"));
socket.on("disconnect", () => form.setAttribute("inert", ""));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  button.disabled = true;
  say("you", text);
  answering = say("model", "");
  const span = start("chat.send", { "gen_ai.conversation.id": conversation, "user.id": user });
  try {
    await keep(span, text);
    const answered = await ask(span);
    if (answered.error) throw new Error(answered.error);
    answering.textContent = answered.answer;
  } catch (error) {
    fail(span, error);
    answering.textContent = error.message;
    answering.parentElement.classList.add("failed");
  } finally {
    span.end();
    link(answering.parentElement, span);
    answering = undefined;
    button.disabled = false;
    field.focus();
  }
});

async function keep(span, text) {
  const answer = await inside(span, () =>
    fetch("/api/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ conversation, text }),
    }),
  );
  if (!answer.ok) throw new Error(`The message was not kept (HTTP ${answer.status}).`);
}

async function ask(parent) {
  const attributes = { "socketio.event": "chat.ask", "messaging.system": "socketio" };
  const span = inside(parent, () => start("call chat.ask", attributes, undefined, SpanKind.CLIENT));
  try {
    return await socket.timeout(ANSWER_WITHIN_MS).emitWithAck("chat.ask", conversation, user, carrierOf(span));
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function say(who, text) {
  const line = document.createElement("li");
  line.className = who;
  const words = document.createElement("p");
  words.textContent = text;
  line.append(words);
  log.append(line);
  line.scrollIntoView({ block: "end" });
  return words;
}

function link(line, span) {
  const anchor = document.createElement("a");
  anchor.href = addressOf(span);
  anchor.target = "_blank";
  anchor.rel = "noopener";
  anchor.textContent = "trace";
  line.append(anchor);
  line.scrollIntoView({ block: "end" });
}
