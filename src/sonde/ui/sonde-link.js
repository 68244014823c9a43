// <sonde-link entity-type="payment" entity-id="pym_123" token-url="/sonde-token">
//
// Leads from a business object to the run that processed it last. One file without dependencies; its server is where it was loaded
// from, or the attribute `server`. It reads with a token that the page's own server got (`token-url` answers {"token", "expiresAt"},
// or `token` has one), so that no key is in a page. The attribute `state` tells what became of it: loading, found, none, expired,
// forbidden, refused, down. All texts are text nodes, and only addresses of http and https are followed.

(() => {
  const HERE = document.currentScript?.src ?? import_url();
  const AT_ONCE = 500;
  const TIMEOUT_MS = 10_000;
  // A token is replaced this long before it ends.
  const AHEAD_MS = 10_000;

  const MESSAGES = {
    loading: "…",
    none: "No link available",
    expired: "No link available",
    forbidden: "No link available: not allowed",
    refused: "No link available: not signed in to Sonde",
    down: "No link available: Sonde does not answer",
  };
  const HINTS = {
    none: "No run has recorded this.",
    expired: "It was recorded too long ago.",
    forbidden: "This page's token is not for this.",
    refused: "Sonde refused the token of this page; loading the page anew may help.",
    down: "Sonde could not be reached; it is tried again when the page is shown anew.",
  };
  const STYLES = `
  :host { display: inline; font: inherit; }
  :host([hidden]) { display: none; }
  a { color: var(--sonde-link-color, #0b57d0); text-decoration: var(--sonde-link-decoration, underline); font-weight: var(--sonde-link-weight, inherit); }
  a:hover { color: var(--sonde-link-hover-color, var(--sonde-link-color, #0b57d0)); }
  a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
  span { color: var(--sonde-link-muted-color, #5f6368); }
  @supports (color: light-dark(red, blue)) {
    a { color: var(--sonde-link-color, light-dark(#0b57d0, #8ab4f8)); }
    a:hover { color: var(--sonde-link-hover-color, var(--sonde-link-color, light-dark(#0b57d0, #8ab4f8))); }
    span { color: var(--sonde-link-muted-color, light-dark(#5f6368, #9aa0a6)); }
  }`;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);

  function import_url() {
    // A module has no current script.
    return document.querySelector('script[src*="sonde-link.js"]')?.src ?? "";
  }

  class Refused extends Error {
    constructor(state) {
      super(state);
      this.state = state;
    }
  }

  // The token of a page: kept until shortly before its end, and asked for once, however many elements want it.
  class TokenSource {
    constructor(url, given) {
      this.url = url;
      this.given = given;
      this.token = "";
      this.endsAt = 0;
      this.asking = null;
    }

    async current() {
      if (!this.url) return this.given;
      if (this.token && Date.now() < this.endsAt - AHEAD_MS) return this.token;
      this.asking ??= this.ask().finally(() => { this.asking = null; });
      return this.asking;
    }

    // Whether another token can be had than the one that was refused.
    forget(refused) {
      if (this.token === refused) this.token = "";
      return Boolean(this.url);
    }

    async ask() {
      const asked = Date.now();
      const answer = await fetched(this.url, { credentials: "same-origin", headers: { accept: "application/json" } });
      if (!answer.ok) throw new Refused(answer.status >= 500 ? "down" : "refused");
      const body = await answer.json().catch(() => ({}));
      if (typeof body.token !== "string" || !body.token) throw new Refused("refused");
      // By how long it lasts, where that is told: the clocks of two machines differ.
      const lasts = Number(body.lifetimeS) * 1000 || Date.parse(body.expiresAt) - asked;
      this.token = body.token;
      this.endsAt = asked + (Number.isFinite(lasts) ? lasts : 60_000);
      return this.token;
    }
  }

  // Elements of the same server and token ask together.
  class Asker {
    constructor(server, tokens) {
      this.server = server;
      this.tokens = tokens;
      this.waiting = [];
    }

    link(type, id) {
      return new Promise((resolve) => {
        if (this.waiting.length === 0) setTimeout(() => this.send(), 0);
        this.waiting.push({ type, id, resolve });
      });
    }

    async send() {
      const all = this.waiting;
      this.waiting = [];
      for (let start = 0; start < all.length; start += AT_ONCE) {
        const part = all.slice(start, start + AT_ONCE);
        const answers = await this.answers(part.map(({ type, id }) => ({ type, id })));
        part.forEach(({ resolve }, index) => resolve(answers[index]));
      }
    }

    async answers(entities) {
      try {
        return await this.query(entities);
      } catch (error) {
        // Of several, one that no entity can be is not to take the others with it.
        if (error.state === "none" && entities.length > 1) return (await Promise.all(entities.map((each) => this.answers([each])))).flat();
        return entities.map(() => ({ status: error.state ?? "down", link: null }));
      }
    }

    async query(entities, again = true) {
      const token = await this.tokens.current();
      const answer = await this.post("query", { entities }, token);
      if (answer.status === 401 && again && this.tokens.forget(token)) return this.query(entities, false);
      if (answer.status === 401) throw new Refused("refused");
      if (answer.status === 403) throw new Refused("forbidden");
      if (!answer.ok) throw new Refused(answer.status === 400 ? "none" : "down");
      return (await answer.json()).links;
    }

    async clicked(type, id, runId) {
      try {
        await this.post("clicks", { type, id, runId }, await this.tokens.current(), { keepalive: true });
      } catch {
        // It is a count: whoever follows the link is not kept for it.
      }
    }

    post(path, body, token, more = {}) {
      const headers = { "content-type": "application/json" };
      if (token) headers.authorization = `Bearer ${token}`;
      return fetched(`${this.server}/api/v1/links/${path}`, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit", ...more });
    }
  }

  async function fetched(url, options) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store", referrerPolicy: "no-referrer", ...options });
    } catch {
      throw new Refused("down");
    }
  }

  const askers = new Map();

  function askerOf(server, tokenUrl, token) {
    const key = JSON.stringify([server, tokenUrl, token]);
    if (!askers.has(key)) askers.set(key, new Asker(server, new TokenSource(tokenUrl, token)));
    return askers.get(key);
  }

  function webAddress(text) {
    try {
      const url = new URL(text);
      return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
    } catch {
      return "";
    }
  }

  class SondeLink extends HTMLElement {
    static observedAttributes = ["entity-type", "entity-id", "server", "token", "token-url", "empty", "label"];

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.asked = 0;
      this.planned = false;
      this.answer = { status: "loading", link: null };
    }

    connectedCallback() {
      document.addEventListener("visibilitychange", this);
      this.plan();
    }

    disconnectedCallback() {
      document.removeEventListener("visibilitychange", this);
      this.asked += 1;
    }

    attributeChangedCallback(name, before, after) {
      if (before === after || !this.isConnected) return;
      if (name === "empty" || name === "label") this.show();
      else this.plan();
    }

    // What could not be had is tried again when somebody looks at the page anew.
    handleEvent() {
      if (!document.hidden && ["down", "refused"].includes(this.answer.status)) this.plan();
    }

    // Ask anew.
    refresh() {
      this.plan();
    }

    // Several attributes that change together are one question.
    plan() {
      if (this.planned) return;
      this.planned = true;
      queueMicrotask(() => {
        this.planned = false;
        if (this.isConnected) this.load();
      });
    }

    get asker() {
      const server = (this.getAttribute("server") || (HERE && new URL(".", HERE).href)).replace(/\/+$/, "");
      return askerOf(server, this.getAttribute("token-url") ?? "", this.getAttribute("token") ?? "");
    }

    async load() {
      this.asked += 1;
      const mine = this.asked;
      const type = this.getAttribute("entity-type")?.trim() ?? "";
      const id = this.getAttribute("entity-id") ?? "";
      const question = JSON.stringify([type, id, this.getAttribute("server")]);
      if (question !== this.question) this.tell({ status: "loading", link: null });
      this.question = question;
      const answer = type && id ? await this.asker.link(type, id) : { status: "none", link: null };
      if (mine === this.asked) this.tell(answer);
    }

    tell(answer) {
      const state = answer.status === "unknown" ? "none" : answer.status;
      this.answer = { ...answer, status: state };
      this.show();
      if (this.getAttribute("state") !== state) {
        this.setAttribute("state", state);
        this.dispatchEvent(new CustomEvent("sonde-link", { bubbles: true, composed: true, detail: { state, runId: answer.link?.runId ?? "" } }));
      }
    }

    show() {
      const { status, link } = this.answer;
      const url = link && webAddress(link.url);
      if (url) return this.shadowRoot.replaceChildren(this.anchor(link, url));
      if (this.hasAttribute("empty")) return this.shadowRoot.replaceChildren();
      const text = document.createElement("span");
      text.part = "message";
      text.textContent = MESSAGES[status] ?? MESSAGES.none;
      if (HINTS[status]) text.title = HINTS[status];
      if (status === "loading") text.setAttribute("aria-busy", "true");
      this.shadowRoot.replaceChildren(text);
    }

    anchor(link, url) {
      const anchor = document.createElement("a");
      anchor.part = "link";
      anchor.href = url;
      anchor.target = this.getAttribute("target") ?? "_blank";
      anchor.rel = "noopener noreferrer";
      anchor.textContent = this.getAttribute("label") || `Run ${link.runId}`;
      anchor.title = `Run ${link.runId}, recorded ${new Date(link.recordedAt).toLocaleString()}`;
      const clicked = (event) => {
        if (event.button < 2) this.asker.clicked(link.type, link.id, link.runId);
      };
      anchor.addEventListener("click", clicked);
      anchor.addEventListener("auxclick", clicked);
      return anchor;
    }
  }

  if (!customElements.get("sonde-link")) customElements.define("sonde-link", SondeLink);
})();
