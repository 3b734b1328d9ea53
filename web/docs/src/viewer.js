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

SwaggerUIBundle({
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
    document.getElementById("viewer").dataset.ready = "true";
  },
});
