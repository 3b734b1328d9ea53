import type { FormValues } from "./formValues";

const always = ["name", "configuration_id", "enabled", "rule.when", "rule.each", "rule.to", "rule.optin", "rule.locale"];
const values = "rule.contextitems.";

/** hasField tells whether the form shows the API's field for these values. */
export function hasField(field: string, now: FormValues): boolean {
  if (always.includes(field) || field === "rule.entityrelationshipname") return true;
  if (field.startsWith(values)) return field.slice(values.length) in now.values;
  if (now.kind === "event") return field === "event" || field === "delay";
  return field === "time_zone" || field === "data" || field === (now.once ? "at" : "cron");
}
