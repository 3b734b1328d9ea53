import { Alert, Button, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { errorMessage } from "../api/client";

/** EmptyState explains what will appear here. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="xs" p="xl" ta="center" c="dimmed" className="empty">
      {icon}
      <Text fw={600} c="var(--mantine-color-text)">
        {title}
      </Text>
      {children && (
        <Text size="sm" maw={320}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** NoAccess is an area that the role of whoever is signed in leaves out. */
export function NoAccess({ to }: { to: string }) {
  return (
    <div className="page">
      <h1 className="hidden">{to}</h1>
      <EmptyState icon={<IconLock size={36} stroke={1.4} aria-hidden />} title={`Your role does not include ${to}`}>
        Ask an administrator of your organisation if you need it.
      </EmptyState>
    </div>
  );
}

/** LoadError says what could not be loaded, with a button to retry. */
export function LoadError({ error, retry, what }: { error: unknown; retry?: () => void; what: string }) {
  return (
    <Alert color="red" m="md" icon={<IconAlertCircle aria-hidden />} title={what} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{errorMessage(error)}</Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** SkeletonRows are the placeholder of a list that is loading. */
export function SkeletonRows({ n = 6, h = 56 }: { n?: number; h?: number }) {
  return (
    <Stack gap="xs" p="sm" role="status" aria-label="Loading">
      {Array.from({ length: n }, (_, i) => (
        <Skeleton key={i} h={h} />
      ))}
    </Stack>
  );
}
