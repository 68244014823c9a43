// Runs while the page is still being read: asks for the modules of the view that the address names and for what it shows
// first, so that neither waits for the scripts of the page. lib/api.js takes the answers.
window.early = new Map();
{
  const [path, query] = (location.hash.slice(1) || "/").split(/\?(.*)/s);
  const [name, id] = path.split("/").filter(Boolean);
  const given = new URLSearchParams(query ?? "");
  const range = { since: given.get("since") ?? "1h", until: given.get("until") };
  // What is no time the page takes for none (lib/time.js).
  const isRange = Object.values(range).every((text) => !text || /^(?:\d+[smhdw]|\d{9,19})$/.test(text) || (/^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text))));
  const events = given.get("show") === "events";

  // As the views ask; one that is not here asks for itself.
  const first = {
    "": ["overview", range],
    traces: [given.get("show") === "spans" ? "spans" : "traces", { q: given.get("q"), ...range, limit: 100 }],
    "traces/": [`traces/${id?.toLowerCase()}/overview`, {}],
    logs: [events ? "events" : "logs", { q: given.get("q"), ...range, limit: 200 }],
  };

  const route = id === undefined ? name ?? "" : `${name}/`;
  const view = JSON.parse(document.getElementById("views").textContent)[route];
  for (const href of view?.modules ?? []) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = href;
    document.head.append(link);
  }

  if (route in first && isRange) {
    const [question, params] = first[route];
    const text = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
    const url = `api/v1/${question}${text ? `?${text}` : ""}`;
    const key = sessionStorage.getItem("sonde.key") ?? localStorage.getItem("sonde.key");
    const calls = new AbortController();
    const early = { calls, data: null };
    early.answer = fetch(url, { signal: calls.signal, headers: key ? { Authorization: `Bearer ${key}` } : {} }).then(async (answer) => {
      if (answer.ok) early.data = await answer.json();
      return answer;
    });
    // Whoever takes it hears of a failure.
    early.answer.catch(() => {});
    window.early.set(url, early);
  }
}
