import { Avatar as MantineAvatar } from "@mantine/core";

/** Avatar stands for a person, by their initials; the name is always beside it. */
export function Avatar({ name, size }: { name: string; size: number }) {
  return <MantineAvatar name={name} size={size} variant="light" aria-hidden className="avatar" />;
}
