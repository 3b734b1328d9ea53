"use strict";
const $ = (id) => document.getElementById(id);
let state = { accounts: [], phones: [] };
let open = null; // id of the phone that is shown
let thread = [];

const el = (tag, props = {}, ...kids) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...kids);
  return e;
};
const time = (t) => new Date(t).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const short = (t) => new Date(t).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

async function call(path, opts) {
  const r = await fetch("/_sandbox/" + path, opts);
  const body = r.status === 204 ? {} : await r.json();
  if (!r.ok) throw Object.assign(new Error(body.error || r.statusText), { sent: body.sent });
  return body;
}
const post = (path, body) =>
  body instanceof FormData
    ? call(path, { method: "POST", body })
    : call(path, { method: "POST", body: JSON.stringify(body || {}), headers: { "Content-Type": "application/json" } });

const joined = (texts) => texts.filter(Boolean).join("\n");

// What was typed, per phone. Until it was sent, the browser keeps it over reloads;
// one that keeps nothing has it until the page is left.
const drafts = {
  typed: new Map(), // what is in the box of a phone
  sending: new Map(), // texts that are on their way
  get(phone) {
    if (this.typed.has(phone)) return this.typed.get(phone);
    try {
      return localStorage.getItem("draft." + phone) ?? "";
    } catch {
      return "";
    }
  },
  set(phone, text) {
    this.typed.set(phone, text);
    const all = joined([...(this.sending.get(phone) ?? []), text]);
    try {
      if (all) localStorage.setItem("draft." + phone, all);
      else localStorage.removeItem("draft." + phone);
    } catch {
      // kept in memory
    }
  },
  begin(phone, text) {
    this.sending.set(phone, [...(this.sending.get(phone) ?? []), text]);
    this.set(phone, "");
  },
  end(phone, text, sent) {
    const left = this.sending.get(phone);
    left.splice(left.indexOf(text), 1);
    this.set(phone, sent ? this.get(phone) : joined([text, this.get(phone)]));
  },
};

// ways are all ways to write to the accounts; way is the one that a phone has.
const ways = () => state.accounts.flatMap((a) => (a.ways || []).map((w) => ({ ...w, account: a.id, name: a.name })));
const way = (p) => ways().find((w) => w.account === p.account && w.channel === p.channel) ?? { label: p.channel };
const find = (id) => state.phones.find((p) => p.id === id);
const initials = (name) =>
  name
    .split(" ")
    .filter(Boolean)
    .slice(0, 2)
    .map((w) => w[0])
    .join("");

// row is a phone in the list.
function row(p) {
  const draft = p.id === open ? "" : drafts.get(p.id);
  const said = p.last ? (p.last.mine ? "You: " : "") + (p.last.text || p.last.kind) : "Nothing written yet";
  const last = draft
    ? el("small", { className: "last" }, el("span", { className: "draft", textContent: "Draft: " }), draft)
    : el("small", { className: "last", textContent: said });
  const b = el(
    "button",
    { className: "phone", onclick: () => show(p.id) },
    el("i", { textContent: initials(p.name), ariaHidden: "true" }),
    el("b", { textContent: p.name }),
    el("small", { textContent: way(p).label + (p.last ? " · " + short(p.last.at) : "") }),
    last,
  );
  b.dataset.phone = p.id;
  b.setAttribute("aria-current", p.id === open);
  return b;
}

// quiet tells a phone that only got a message, as of a campaign.
const quiet = (p) => !p.wrote && p.last && p.id !== open && !drafts.get(p.id);
const latest = (p) => (p.last ? Date.parse(p.last.at) : Infinity);

function list() {
  const shown = state.phones.filter((p) => !quiet(p)).sort((a, b) => latest(b) - latest(a) || 0);
  const rest = state.phones.filter(quiet);
  const focused = document.activeElement?.dataset?.phone;
  $("phones").replaceChildren(...shown.map(row));
  $("listed").hidden = !shown.length;
  $("quiet").hidden = !rest.length;
  $("quiet").firstElementChild.textContent = rest.length === 1 ? "1 more got a message" : rest.length + " more got a message";
  if ($("quiet").open) $("quiet").lastElementChild.replaceChildren(...rest.slice(-200).reverse().map(row));
  if (focused) [...document.querySelectorAll(".phone")].find((b) => b.dataset.phone === focused)?.focus();
}

// doors are the buttons for a new customer; they change with the accounts only.
function doors() {
  const all = ways();
  const first = new Set();
  $("ways").replaceChildren(
    ...all.map((w) => {
      const again = first.has(w.label);
      first.add(w.label);
      const textContent = again ? w.label + " " + (w.to || w.name) : w.label;
      return el("button", { className: "b", title: w.to || "", textContent, onclick: () => create(w) });
    }),
  );
  if (!all.length) $("ways").append(el("p", { className: "meta", textContent: "No accounts yet. Switchboard adds them when it starts." }));
}

// free is a number of the range that is kept free for films.
function free(channel) {
  for (let n = 0; n < 1000; n++) {
    const number = "+447700900" + String((200 + n) % 1000).padStart(3, "0");
    if (!state.phones.some((p) => p.channel === channel && p.number === number)) return number;
  }
  return "";
}

const names = ["Alex Novak", "Bea Lindholm", "Chen Wei", "Dana Petrov", "Eli Moreau", "Farah Aziz", "Gil Santos", "Hye-jin Park"];

async function create({ account, channel, to, numbers }) {
  const name = names.find((n) => !state.phones.some((p) => p.name === n)) ?? "";
  const p = await post("phones", { account, channel, to, name, number: numbers ? free(channel) : "" });
  await load();
  await show(p.id);
}

function bubble(e) {
  const li = el("li", { className: (e.mine ? "mine" : "") + (e.lost ? " lost" : "") });
  for (const m of e.media || []) {
    const src = m.sha256 ? "/_sandbox/media/" + m.sha256 + "?type=" + encodeURIComponent(m.content_type || "") : m.url;
    if ((m.content_type || "").startsWith("image/") && m.sha256) li.append(el("img", { src, alt: m.name || "picture", onload: settle }));
    else li.append(el("a", { href: src, textContent: m.name || m.content_type || "file", target: "_blank" }), "\n");
  }
  if (e.unsent) li.append(el("em", { textContent: "taken back" }));
  else if (e.text) li.append(e.text);
  else if (!(e.media || []).length) li.append(el("em", { textContent: e.kind }));
  for (const b of e.buttons || []) {
    const tap = () => (b.data ? act("button", { label: b.label, data: b.data }) : act("says", { text: b.text || b.label }));
    li.append(el("button", { className: "b", textContent: b.label, onclick: tap }));
  }
  const what = [time(e.at)];
  if (e.mine && e.webhook_status !== undefined) {
    const ok = e.webhook_status === 200 || e.webhook_status === 204;
    what.push(ok ? "taken by Switchboard" : "webhook answered " + e.webhook_status);
  }
  if (!e.mine && e.status) what.push(e.status);
  if (e.error_code) what.push("error " + e.error_code);
  if (e.lost) what.push("did not arrive");
  li.append(el("span", { className: "meta" + (e.lost ? " bad" : ""), textContent: what.join(" · ") }));
  return li;
}

// deeds is what the person can do besides writing.
function deeds(p) {
  const deed = (label, title, fn) => el("button", { className: "b", type: "button", textContent: label, title, onclick: fn });
  const place = { latitude: 13.7563, longitude: 100.5018, title: "Bangkok", address: "Phra Nakhon" };
  const block = p.blocked ? "Unblock" : "Block";
  const can = way(p).can ?? [];
  return [
    can.includes("location") && deed("Location", "Send a place on the map", () => act("location", place)),
    can.includes("sticker") && deed("Sticker", "Send a sticker", () => act("sticker", { package_id: "446", sticker_id: "1988" })),
    can.includes("reads") && deed("Read all", "Tell the company that all of its messages were read", () => act("reads")),
    can.includes("close-window") &&
      p.window_closes_at &&
      deed("Close window", "Let 24 hours pass: only approved templates reach this customer then", () => act("close-window")),
    deed(block, "Whether the company's messages arrive", () => act(block.toLowerCase())),
  ].filter(Boolean);
}

// settle keeps the end of the thread in sight when a picture has taken its room.
let low = true;
function settle() {
  if (low) $("thread").scrollTop = $("thread").scrollHeight;
}

function draw() {
  const p = find(open);
  document.body.classList.toggle("open", !!p);
  for (const id of ["bar", "thread", "compose"]) $(id).hidden = !p;
  $("start").hidden = !!p;
  if (!p) return;
  const about = [way(p).label + (way(p).numbers ? " " + p.number : "")];
  if (p.blocked) about.push("has blocked the company");
  if (p.opted_out) about.push("wrote STOP");
  $("who").replaceChildren(p.name, el("small", { textContent: about.join(" · ") }));
  $("text").placeholder = "Write as " + p.name;
  $("deeds").replaceChildren(...deeds(p));
  const t = $("thread");
  const empty = el("li", { className: "empty", textContent: "Nothing here yet. Write the first message below." });
  t.replaceChildren(...(thread.length ? thread.map(bubble) : [empty]));
  settle();
}

async function show(id) {
  open = id;
  history.replaceState(null, "", "#" + id);
  $("text").value = drafts.get(id);
  note("");
  const was = (await call("phones/" + encodeURIComponent(id))).thread || [];
  if (open !== id) return; // another one was chosen meanwhile
  thread = was;
  low = true;
  list();
  draw();
  $("text").focus();
}

function note(text, bad) {
  $("note").className = bad ? "meta bad" : "meta";
  $("note").textContent = text;
}

// act lets the person do something, and tells whether Switchboard took it.
async function act(deed, body, phone = open) {
  const tell = (text, bad) => phone === open && note(text, bad);
  tell("…");
  try {
    const sent = await post("phones/" + encodeURIComponent(phone) + "/" + deed, body);
    const failed = sent.status >= 300;
    tell(sent.status ? "webhook answered " + sent.status + " in " + (sent.took_ns / 1e6).toFixed(1) + " ms" : "", failed);
    return true;
  } catch (e) {
    if (!e.sent?.event_id) tell("Could not send: " + e.message, true);
    else tell("Sent, but Switchboard did not answer: " + e.message, true); // it is in the thread
    return !!e.sent?.event_id;
  }
}

// write sends what is in the box. It comes back there when it could not be sent.
async function write(deed, body, text) {
  const phone = open;
  drafts.begin(phone, text);
  $("text").value = "";
  const sent = await act(deed, body, phone);
  drafts.end(phone, text, sent);
  if (phone === open && !sent) $("text").value = drafts.get(phone);
}

$("compose").onsubmit = (e) => {
  e.preventDefault();
  const text = $("text").value;
  if (text.trim()) write("says", { text }, text);
};
$("text").oninput = () => drafts.set(open, $("text").value);
$("text").onkeydown = (e) => {
  if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  $("compose").requestSubmit();
};
$("file").onchange = () => {
  if (!$("file").files.length) return;
  const f = new FormData();
  const text = $("text").value;
  f.append("file", $("file").files[0]);
  f.append("text", text);
  $("file").value = "";
  write("media", f, text);
};
document.querySelector("label.b").onkeydown = (e) => {
  if (e.key !== "Enter" && e.key !== " ") return;
  e.preventDefault();
  $("file").click();
};
$("thread").onscroll = () => {
  const t = $("thread");
  low = t.scrollHeight - t.scrollTop - t.clientHeight < 80;
};
$("back").onclick = () => {
  open = null;
  history.replaceState(null, "", "#");
  list();
  draw();
};
$("quiet").ontoggle = list;

async function load() {
  state = await call("state");
  $("shop").hidden = !state.shop;
  const hook = state.accounts.find((a) => a.webhook_url)?.webhook_url;
  for (const a of document.querySelectorAll(".desk")) {
    a.hidden = !hook;
    if (hook) a.href = new URL("/desk/", hook).href;
  }
  doors();
  list();
  draw();
}

function notice(n) {
  if (n.kind === "reset" || n.kind === "account") return load();
  if (!n.phone || !n.view) return;
  const i = state.phones.findIndex((p) => p.id === n.phone);
  if (i < 0) state.phones.push(n.view);
  else state.phones[i] = n.view;
  if (n.phone === open && n.entry) {
    const j = thread.findIndex((e) => e.id === n.entry.id && e.at === n.entry.at);
    if (j < 0) thread.push(n.entry);
    else thread[j] = n.entry;
  }
  list();
  if (n.phone === open) draw();
}

const events = new EventSource("/_sandbox/events");
events.onmessage = (e) => notice(JSON.parse(e.data));
events.onopen = async () => {
  await load();
  const id = open || location.hash.slice(1);
  if (find(id)) await show(id);
};
