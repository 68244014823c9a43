// The JSON of /api/v1, relative to the page so that it works below a proxy's path too.

const KEY = "sonde.key";

export class ApiError extends Error {
  constructor(status, { code = "", message = "", hint = "", position } = {}) {
    super(message);
    Object.assign(this, { status, code, hint, position });
  }
}

export function setKey(key) {
  sessionStorage.setItem(KEY, key);
}

// Answers the parsed JSON; throws ApiError with the server's message and hint, AbortError when called off.
export async function get(path, params = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== ""));
  const key = sessionStorage.getItem(KEY);
  let answer;
  try {
    answer = await fetch(`api/v1/${path}?${query}`, { signal, headers: key ? { Authorization: `Bearer ${key}` } : {} });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "unreachable", message: "The server does not answer.", hint: "Is `sonde serve` running?" });
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, body.error ?? { message: `The server answered ${answer.status}.` });
  return body;
}
