import imports, { createNodeResolver } from "eslint-plugin-import-x";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import ts from "typescript-eslint";

// Folders of the desk, the lowest first: each imports only from itself and from those before it.
const layers = [
  "state",
  "api",
  "ui",
  "keys",
  "conversation",
  "live",
  "session",
  "commands",
  "composer",
  "inbox",
  "thread",
  "customer",
  "offers",
  "campaigns",
  "triggers",
  "shell",
];

const upwards = layers.slice(0, -1).map((layer, i) => ({
  target: `./desk/src/${layer}`,
  from: layers.slice(i + 1).map((higher) => `./desk/src/${higher}`),
  message: `${layer}/ is below it: see the layers in eslint.config.js.`,
}));

// The desk and the widget know nothing of each other; what both need is in shared/.
const apart = [
  { target: "./shared", from: ["./desk", "./widget"] },
  { target: "./desk", from: "./widget" },
  { target: "./widget", from: "./desk" },
];

// What changes while the page is open is in cells of desk/src/state, where tests can put it back.
const moduleState = ["", "ExportNamedDeclaration > "].flatMap((exported) => [
  `Program > ${exported}VariableDeclaration[kind="let"]`,
  `Program > ${exported}VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Map|Set|WeakMap|WeakSet)$/]`,
]);

// What reads a page once, in a test of it, and may come before what it is to read. What waits is
// expect(locator), expect.poll and expect(…).toPass.
const waits = [
  "CallExpression[callee.property.name='poll'] *",
  "CallExpression[callee.object.callee.name='expect'][callee.property.name='toPass'] *",
];
const readOnce = [
  "CallExpression[callee.property.name=/^(allTextContents|allInnerTexts|count|evaluateAll|boundingBox)$/]",
  "CallExpression[callee.property.name=/^is(Visible|Hidden|Enabled|Disabled|Checked|Editable)$/]",
  "CallExpression[callee.property.name='all'][arguments.length=0]",
  "CallExpression[callee.name='expect'] > AwaitExpression > CallExpression[callee.property.name=/^(textContent|inner.*|inputValue|getAttribute|evaluate|title)$/]",
  "CallExpression[callee.name='expect'] CallExpression[callee.property.name='url']",
].map((read) => `${read}:not(${waits.join(", ")})`);

export default ts.config(
  { ignores: ["**/dist/", "**/node_modules/", "**/test-results/", "shared/schema.d.ts"] },
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  {
    plugins: { "import-x": imports },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx", ".js"] })],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
    },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: apart }],
      "no-console": "error",
    },
  },
  {
    files: ["desk/src/**/*.{ts,tsx}"],
    ignores: ["**/*.test.ts"],
    rules: { "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: [...apart, ...upwards] }] },
  },
  {
    files: ["desk/src/**/*.{ts,tsx}"],
    ignores: ["**/*.test.ts", "desk/src/testing/**", "desk/src/state/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...moduleState.map((selector) => ({ selector, message: "State of a module is a cell of state/." })),
      ],
    },
  },
  { files: ["{desk,shared,widget}/**/*.{ts,tsx}"], languageOptions: { globals: globals.browser } },
  { files: ["desk/**/*.{ts,tsx}"], ...hooks.configs.flat.recommended },
  {
    files: ["**/*.config.{js,ts}", "**/build.{js,ts}", "desk/size.mjs", "e2e/**"],
    languageOptions: { globals: globals.node },
    rules: { "no-console": "off" },
  },
  {
    files: ["e2e/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...readOnce.map((selector) => ({
          selector,
          message: "It reads the page once, and may come too early: expect(locator), expect.poll or toPass wait.",
        })),
        { selector: "CallExpression[callee.property.name='waitForTimeout']", message: "Wait for what comes, not for a time." },
      ],
    },
  },
  { files: ["shop/**/*.js"], languageOptions: { globals: globals.browser } },
);
