import { EditForm } from "../form/EditForm";
import type { Field } from "../form/fields";
import { key } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { roles } from "./calls";
import { changeRules, readRules } from "./signIn";

const fields: Field[] = [
  {
    name: "second_factor_roles",
    label: "Two-step verification is required for",
    kind: "checks",
    options: roles.map(({ value, label }) => ({ value, label: `${label}s` })),
    help: "Whoever has not set it up does so at once, or when they sign in next, and can do nothing else before.",
  },
  {
    name: "idle_hours",
    label: "Sign out after hours without use",
    kind: "number",
    required: true,
    min: 1,
    max: 720,
    check: (value) => between(value),
  },
  {
    name: "session_hours",
    label: "Sign out after hours in any case",
    kind: "number",
    required: true,
    min: 1,
    max: 720,
    check: (value) => between(value),
    help: "Applies to sign-ins from now on.",
  },
];

const between = (value: string) => (Number(value) >= 1 && Number(value) <= 720 ? undefined : "Use between 1 and 720 hours.");

/** SignInPage is what holds for everybody who signs in. */
export function SignInPage() {
  return (
    <>
      <PageHead title="Sign-in rules" operation="changeSignInSettings">
        How everybody in your team signs in, and for how long.
      </PageHead>
      <Loaded what="the sign-in settings" queryKey={key("sign-in-settings")} read={readRules}>
        {(loaded) => (
          <EditForm
            label="Sign-in rules"
            fields={fields}
            queryKey={key("sign-in-settings")}
            loaded={loaded}
            read={readRules}
            change={changeRules}
          />
        )}
      </Loaded>
    </>
  );
}
