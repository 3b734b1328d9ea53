import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["**/dist/", "**/node_modules/", "**/test-results/", "desk/src/api/schema.d.ts"] },
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
    },
  },
  { files: ["desk/**/*.{ts,tsx}", "widget/**/*.{ts,tsx}"], languageOptions: { globals: globals.browser } },
  { files: ["desk/**/*.{ts,tsx}"], ...hooks.configs.flat.recommended },
  {
    files: ["**/*.config.{js,ts}", "**/build.{js,ts}", "desk/size.mjs", "e2e/**"],
    languageOptions: { globals: globals.node },
    rules: { "no-console": "off" },
  },
  { files: ["shop/**/*.js"], languageOptions: { globals: globals.browser } },
);
