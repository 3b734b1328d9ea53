import { Avatar } from "@mantine/core";

/** Face stands for a person, by their initials; the name is always beside it. */
export function Face({ name, size }: { name: string; size: number }) {
  return <Avatar name={name} size={size} variant="light" aria-hidden className="face" />;
}
