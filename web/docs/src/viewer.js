// Shows the contract with Swagger UI: search over everything an operation says, and
// requests from the page, with the session of who is signed in or a token.
/* global SwaggerUIBundle */

// Swagger UI's own filter reads the names of tags only.
function searchEverything() {
  return {
    fn: {
      opsFilter: (groups, phrase) => {
        const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
        const holds = (operation) => {
          const op = operation.get("operation");
          const text = [operation.get("method"), operation.get("path"), op.get("operationId"), op.get("summary"), op.get("description")];
          return words.every((word) => text.some((t) => t && t.toLowerCase().includes(word)));
        };
        return groups
          .map((group) => group.set("operations", group.get("operations").filter(holds)))
          .filter((group) => group.get("operations").size > 0);
      },
    },
  };
}

// Addresses name an operation by its id alone: /docs#op-listQueues. The desk and the
// guide link so; Swagger UI's own addresses need the group too, which may change.
function openOperation(hash) {
  const [, wanted] = /^#op-(\w+)$/.exec(hash) ?? [];
  if (!wanted) return;
  const paths = Object.values(ui.specSelectors.specJson().get("paths").toJS());
  const operation = paths.flatMap((path) => Object.values(path)).find((op) => op.operationId === wanted);
  if (!operation) return;
  const group = operation.tags?.[0] ?? "default";
  ui.layoutActions.parseDeepLinkHash(`#/${group}/${wanted}`);
  whenThere(`operations-${group.replace(/\s/g, "_")}-${wanted}`, (block) => {
    block.scrollIntoView({ block: "start" });
    block.querySelector(".opblock-summary-control")?.focus({ preventScroll: true });
  });
}

// Operations are rendered some time after they were asked for.
function whenThere(id, then) {
  const look = () => {
    const element = document.querySelector(`#${id}.is-open`);
    if (element) {
      observer.disconnect();
      then(element);
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(document.getElementById("viewer"), { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  look();
}

const address = location.hash; // Swagger UI writes its own there

const ui = SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#viewer",
  plugins: [searchEverything],
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete: () => {
    const search = document.querySelector(".operation-filter-input");
    search?.setAttribute("placeholder", "Search operations");
    search?.setAttribute("aria-label", "Search operations");
    openOperation(address);
    document.getElementById("viewer").dataset.ready = "true";
  },
});
addEventListener("hashchange", () => openOperation(location.hash));
