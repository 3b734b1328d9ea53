// What a page does that shows the chat itself.
addEventListener("switchboard:ready", ({ detail: chat }) => {
  const lines = document.getElementById("lines");
  chat.subscribe(({ messages, pending, thread }) => {
    const said = messages.map((m) => `${m.from === "agent" ? m.agent.name : "You"}: ${m.text}`);
    const waiting = pending.map((p) => `You: ${p.text} (sending)`);
    lines.replaceChildren(...[...said, ...waiting].map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    document.getElementById("over").textContent = thread?.state === "ended" ? "The chat has ended." : "";
  });
  const form = document.getElementById("write");
  form.querySelector("[type=submit]").disabled = false; // there is something now that sends
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    void chat.send(new FormData(form).get("text"));
    form.reset();
  });
  document.getElementById("end").addEventListener("click", () => chat.end());
});
