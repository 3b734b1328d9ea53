// What a site does to have the chat: add one script tag, and say who its visitor
// is and what they look at. The rest of this file is the demo's own switches.
const store = (name, fallback) => localStorage.getItem(`shop.${name}`) ?? fallback;

// ?live=…&persistent=…&api=…&mode=…&language=…&sub=… are remembered, to try other widgets.
for (const [name, value] of new URLSearchParams(location.search)) {
  if (["api", "live", "persistent", "mode", "language", "theme", "sub"].includes(name)) localStorage.setItem(`shop.${name}`, value);
}
const mode = store("mode", "live");
const language = store("language", "en");
const sub = localStorage.getItem("shop.sub");

// The shop's server vouches for its visitor, with a token that is good for minutes.
async function token() {
  if (!sub) return null;
  const resp = await fetch("/shop/auth/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      sub,
      aud: store(mode, window.SHOP[mode]),
      name: sub[0].toUpperCase() + sub.slice(1),
      contexts: { page: document.title },
    }),
  });
  return resp.ok ? (await resp.json()).token : null;
}

window.switchboardLoaded = (chat) => {
  chat.setTokenProvider(token);
  chat.setContext(() => ({ page: document.title }));
  document.getElementById("ask")?.addEventListener("click", () => chat.open());
};

const script = document.createElement("script");
script.src = `${store("api", window.SHOP.api)}/widget/loader.js`;
script.async = true;
Object.assign(script.dataset, { widget: store(mode, window.SHOP[mode]), language, theme: store("theme", "auto") });
if (document.querySelector("script[data-headless]")) script.dataset.headless = "";
document.head.append(script);

for (const [id, value] of Object.entries({ mode, language })) {
  const select = document.getElementById(id);
  select.value = value;
  select.addEventListener("change", () => {
    localStorage.setItem(`shop.${id}`, select.value);
    location.assign(location.pathname);
  });
}

const pots = { celadon: "Celadon, 0.9 l", brick: "Brick, 1.2 l", night: "Night, 0.6 l", ochre: "Ochre, 1.0 l" };
const pot = pots[new URLSearchParams(location.search).get("pot")];
if (pot && document.getElementById("pot")) {
  document.getElementById("pot").textContent = pot;
  document.title = `${pot} · Kettle & Leaf`;
}

if (sub) document.getElementById("account").textContent = "Account";
const form = document.getElementById("sign-in");
if (form) {
  form.hidden = sub !== null;
  document.getElementById("signed-in").hidden = sub === null;
  document.getElementById("who").textContent = sub ?? "";
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    localStorage.setItem("shop.sub", new FormData(form).get("sub"));
    location.assign("./");
  });
  document.getElementById("sign-out").addEventListener("click", async () => {
    localStorage.removeItem("shop.sub");
    await window.Switchboard.signOut();
    location.assign("./");
  });
}
