// The conversation of an AI call, out of the names that instrumentations have given it: the GenAI conventions now
// (JSON with parts) and before (span events, numbered attributes), OpenInference, and the payloads of OpenAI and Anthropic.

import { looksLikeJson, parsed } from "../../lib/json.js";
import { first, several } from "./subjects.js";

const INPUT = ["gen_ai.input.messages", "gen_ai.input_messages"];
const OUTPUT = ["gen_ai.output.messages", "gen_ai.output_messages"];
const SYSTEM = ["gen_ai.system_instructions"];
const EVENT_ROLES = { "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool", "gen_ai.choice": "assistant", "gen_ai.content.prompt": "user", "gen_ai.content.completion": "assistant" };
// Numbered attributes: `prefix.N.role`; of OpenInference with `message.` before the field.
const NUMBERED = [["gen_ai.prompt", ""], ["gen_ai.completion", ""], ["llm.prompts", ""], ["llm.completions", ""], ["llm.input_messages", "message."], ["llm.output_messages", "message."]];
const ANSWERS = /completion|output/;
const MOST_NUMBERED = 2000;

export function isAi(attributes) {
  return Object.keys(attributes).some((key) => key.startsWith("gen_ai.") || key.startsWith("llm.") || key === "openinference.span.kind");
}

// [{ role, isAnswer, finish, parts: [{ kind, text, name, id }] }]; kind is text, reasoning, call, result, media, json or
// broken (a text that should be JSON and is not). `events` are span events and logs: { name, attributes, body }.
export function messagesOf(attributes, events = []) {
  const sources = [attributes, ...events.map((event) => ({ ...bodyOf(event), ...event.attributes }))];
  const whole = sources.find((each) => first(each, ...INPUT, ...OUTPUT, ...SYSTEM));
  if (whole) return [...fromJson(first(whole, ...SYSTEM), "system"), ...fromJson(first(whole, ...INPUT), "user"), ...fromJson(first(whole, ...OUTPUT), "assistant")];
  const numbered = NUMBERED.flatMap(([prefix, field]) => fromNumbers(attributes, prefix, field));
  if (numbered.length > 0) return numbered;
  const told = events.filter((event) => EVENT_ROLES[event.name]).map(fromEvent);
  if (told.length > 0) return told;
  return plain(attributes);
}

// What is said of a call besides its words; "" where nothing is.
export function callOf(attributes) {
  return {
    operation: first(attributes, "gen_ai.operation.name", "llm.request.type", "openinference.span.kind", "traceloop.span.kind"),
    provider: first(attributes, "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    model: first(attributes, "gen_ai.response.model", "llm.response.model", "llm.response.model_name", "llm.model_name", "embedding.model_name", "gen_ai.request.model", "llm.request.model", "llm.request.model_name"),
    asked: first(attributes, "gen_ai.request.model", "llm.request.model", "llm.request.model_name"),
    input: first(attributes, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt"),
    output: first(attributes, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "llm.token_count.completion"),
    cached: first(attributes, "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.input_tokens.cached", "llm.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read"),
    written: first(attributes, "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", "llm.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write"),
    reasoning: first(attributes, "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning"),
    firstTokenS: first(attributes, "gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token", "gen_ai.response.time_to_first_token"),
    finish: several(first(attributes, "gen_ai.response.finish_reasons", "gen_ai.completion.0.finish_reason", "llm.response.finish_reason", "llm.finish_reason", "anthropic.message.stop_reason")).join(", "),
    temperature: first(attributes, "gen_ai.request.temperature", "llm.request.temperature"),
    mostTokens: first(attributes, "gen_ai.request.max_tokens", "llm.request.max_tokens"),
    conversation: first(attributes, "gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id", "traceloop.association.properties.thread_id"),
    agent: first(attributes, "gen_ai.agent.name", "agent.name"),
    tools: first(attributes, "gen_ai.tool.definitions", "llm.tools"),
  };
}

// A span that runs a tool: its call and result as messages.
export function toolOf(attributes) {
  const name = first(attributes, "gen_ai.tool.name", "tool.name", "traceloop.entity.name");
  const asked = first(attributes, "gen_ai.tool.call.arguments", "tool.parameters", "input.value", "traceloop.entity.input");
  const answered = first(attributes, "gen_ai.tool.call.result", "output.value", "traceloop.entity.output");
  if (!asked && !answered) return [];
  const id = first(attributes, "gen_ai.tool.call.id", "tool_call.id");
  return [
    { role: "assistant", isAnswer: false, finish: "", parts: [{ kind: "call", name, id, text: asked }] },
    ...(answered ? [{ role: "tool", isAnswer: true, finish: "", parts: [{ kind: "result", name, id, text: answered }] }] : []),
  ];
}

function fromJson(text, role) {
  if (!text) return [];
  const read = parsed(text);
  if (read === undefined) return [message(role, [/^\s*[[{]/.test(text) ? { kind: "broken", text } : { kind: "text", text }])];
  const list = Array.isArray(read) ? read : [read];
  const isMessage = (each) => typeof each === "object" && each !== null && ("parts" in each || "role" in each || ("content" in each && !("type" in each)) || "tool_calls" in each || "message" in each);
  // Parts without messages around them: system instructions, and what some write as output.
  if (!list.some(isMessage)) return list.length > 0 ? [message(role, list.map(part))] : [];
  return list.map((each) => (isMessage(each) ? fromMessage(each.message ?? each, role) : message(role, [part(each)])));
}

function fromMessage(read, role) {
  if (typeof read !== "object" || read === null) return message(role, [part(read)]);
  const said = textOf(read.role) || role;
  const parts = [...contentParts(read.parts), ...contentParts(read.content), ...contentParts(read.reasoning_content).map((each) => ({ ...each, kind: "reasoning" }))];
  for (const call of Array.isArray(read.tool_calls) ? read.tool_calls : []) parts.push(part({ type: "tool_call", ...call }));
  const isResult = ["tool", "function"].includes(said);
  return {
    ...message(said, isResult ? parts.map((each) => (each.kind === "text" ? { ...each, kind: "result", name: textOf(read.name), id: textOf(read.tool_call_id ?? read.id) } : each)) : parts),
    isAnswer: role === "assistant",
    finish: textOf(read.finish_reason),
  };
}

function contentParts(content) {
  if (content === undefined || content === null || content === "") return [];
  return Array.isArray(content) ? content.map(part) : [part(content)];
}

function part(read) {
  if (typeof read !== "object" || read === null) return { kind: "text", text: textOf(read) };
  const { type } = read;
  const inner = read.function ?? read;
  if (["tool_call", "tool_use", "function_call", "function", "server_tool_use"].includes(type)) return { kind: "call", name: textOf(inner.name), id: textOf(read.id ?? read.call_id), text: textOf(inner.arguments ?? inner.input ?? inner.args) };
  if (["tool_call_response", "tool_result", "function_call_output"].includes(type)) return { kind: "result", name: textOf(read.name), id: textOf(read.id ?? read.tool_use_id ?? read.call_id), text: textOf(read.response ?? read.result ?? read.content ?? read.output) };
  if (["reasoning", "thinking"].includes(type)) return { kind: "reasoning", text: textOf(read.content ?? read.thinking ?? read.text) };
  const text = read.content ?? read.text;
  if (["text", "input_text", "output_text", undefined].includes(type) && typeof text === "string") return { kind: "text", text };
  if (["blob", "uri", "file", "image", "image_url", "input_image", "input_audio", "audio"].includes(type)) return { kind: "media", name: textOf(read.mime_type ?? read.modality ?? type), text: textOf(read.uri ?? read.file_id ?? read.image_url?.url ?? read.image_url ?? read.content ?? read.source ?? "") };
  return { kind: "json", name: textOf(type), text: textOf(read) };
}

function fromNumbers(attributes, prefix, field) {
  const isAnswer = ANSWERS.test(prefix);
  const numbers = new Set();
  for (const key of Object.keys(attributes)) {
    if (!key.startsWith(`${prefix}.`)) continue;
    const number = /^\d{1,6}(?=\.)/.exec(key.slice(prefix.length + 1))?.[0];
    if (number !== undefined) numbers.add(Number(number));
  }
  return [...numbers].sort((one, other) => one - other).slice(0, MOST_NUMBERED).map((number) => {
    const start = `${prefix}.${number}.${field}`;
    const get = (name) => attributes[start + name] ?? "";
    const role = get("role") || (isAnswer ? "assistant" : "user");
    const parts = [];
    if (get("reasoning")) parts.push({ kind: "reasoning", text: get("reasoning") });
    const content = get("content");
    const read = /^\s*\[/.test(content) ? parsed(content) : undefined;
    // Lists of parts come as JSON in this attribute too.
    if (Array.isArray(read) && read.every((each) => typeof each === "object" && each?.type)) parts.push(...read.map(part));
    else if (content) parts.push(role === "tool" || get("tool_call_id") ? { kind: "result", name: get("name"), id: get("tool_call_id"), text: content } : { kind: "text", text: content });
    for (let at = 0; Object.hasOwn(attributes, `${start}contents.${at}.message_content.type`); at += 1) {
      const each = `${start}contents.${at}.message_content.`;
      const text = attributes[`${each}text`];
      // A call of a tool is told as such too.
      if (text === undefined && attributes[`${each}type`] === "tool_use") continue;
      parts.push(text === undefined ? { kind: "media", name: attributes[`${each}type`], text: attributes[`${each}image.image.url`] ?? "" } : { kind: "text", text });
    }
    for (const sign of ["tool_call.function.", ""]) {
      for (let at = 0; Object.hasOwn(attributes, `${start}tool_calls.${at}.${sign}name`); at += 1) {
        const each = `${start}tool_calls.${at}.`;
        parts.push({ kind: "call", name: attributes[`${each}${sign}name`], id: attributes[`${each}id`] ?? attributes[`${each}tool_call.id`] ?? "", text: attributes[`${each}${sign}arguments`] ?? "" });
      }
    }
    return { ...message(role, parts), isAnswer, finish: get("finish_reason") };
  });
}

function fromEvent({ name, attributes, body }) {
  const values = { ...bodyOf({ body }), ...attributes };
  const role = EVENT_ROLES[name];
  if (name.startsWith("gen_ai.content.")) {
    return fromJson(first(values, "gen_ai.prompt", "gen_ai.completion"), role)[0] ?? message(role, []);
  }
  const inner = typeof values.message === "string" ? parsed(values.message) : values.message;
  const read = { ...values, ...(typeof inner === "object" && inner !== null ? inner : values.message ? { content: values.message } : {}) };
  for (const key of ["content", "tool_calls"]) {
    if (typeof read[key] !== "string" || !/^\s*[[{]/.test(read[key])) continue;
    const found = parsed(read[key]);
    if (Array.isArray(found)) read[key] = found;
  }
  return { ...fromMessage({ ...read, role: read.role || role }, role), isAnswer: name === "gen_ai.choice", finish: textOf(values.finish_reason) };
}

// Calls that say what went in and out, and not who spoke.
function plain(attributes) {
  const found = [];
  const asked = first(attributes, "input.value", "gen_ai.prompt", "traceloop.entity.input");
  const answered = first(attributes, "output.value", "gen_ai.completion", "traceloop.entity.output");
  if (asked) found.push(message("input", [{ kind: looksLikeJson(asked) ? "json" : "text", name: "", text: asked }]));
  if (answered) found.push({ ...message("output", [{ kind: looksLikeJson(answered) ? "json" : "text", name: "", text: answered }]), isAnswer: true });
  return found;
}

function bodyOf({ body }) {
  const read = body ? parsed(body) : undefined;
  return typeof read === "object" && read !== null && !Array.isArray(read) ? read : {};
}

function message(role, parts) {
  return { role, isAnswer: role === "assistant", finish: "", parts };
}

function textOf(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
