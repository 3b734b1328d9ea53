import { TextInput } from "@mantine/core";

/** RateInput is a number of messages per second; null is the sender's limit. */
export function RateInput({ value, change }: { value: number | null; change: (rate: number | null) => void }) {
  return (
    <TextInput
      label="Messages per second"
      description="Leave empty for the sender's limit"
      type="number"
      inputMode="numeric"
      min={1}
      max={10000}
      step={1}
      value={value ?? ""}
      onChange={(e) => change(e.currentTarget.value === "" ? null : Math.round(Number(e.currentTarget.value)))}
    />
  );
}
