import { Anchor, Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface Props {
  title: string;
  children?: ReactNode; // what the page is for
  action?: ReactNode;
  back?: { to: string; label: string };
  /** operation is the API's name for what the page does, which /docs describes. */
  operation?: string;
}

/** PageHead begins a page of Setup: its name, what it is for, and the same in the API. */
export function PageHead({ title, children, action, back, operation }: Props) {
  return (
    <header className="setup-head">
      {back && (
        <Anchor component={Link} to={back.to} size="sm" underline="always">
          {back.label}
        </Anchor>
      )}
      <Group justify="space-between" align="flex-start" mt={back ? "sm" : 0} mb="xs" gap="sm">
        <Title order={1} size="h3" className="clamp">
          {title}
        </Title>
        {action}
      </Group>
      {children && (
        <Text size="sm" c="dimmed" maw={640} mb={4}>
          {children}
        </Text>
      )}
      {operation && (
        <Anchor href={`/docs#op-${operation}`} target="_blank" rel="noreferrer" size="xs" underline="always" c="dimmed">
          The same in the API
        </Anchor>
      )}
    </header>
  );
}
