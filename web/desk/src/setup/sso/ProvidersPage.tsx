import { Badge, Button } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { useIdentityProviders } from "./calls";

/** ProvidersPage lists where people sign in besides with a password. */
export function ProvidersPage() {
  const providers = useIdentityProviders();
  const add = (
    <Button component={Link} to="/setup/sign-in/new">
      Add a provider
    </Button>
  );
  return (
    <>
      <PageHead title="Single sign-on" action={add} operation="listIdentityProviders">
        People sign in with their company account: Microsoft Entra, Google Workspace, Okta, Keycloak, or any other with OpenID Connect.
      </PageHead>
      <ListOf
        label="Identity providers"
        query={providers}
        textOf={(p) => `${p.name} ${p.issuer}`}
        empty={
          <EmptyState icon={<IconKey size={36} stroke={1.4} aria-hidden />} title="People sign in with a password" action={add}>
            Connect your company’s identity provider and they no longer need one.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (p) => (
              <Link to="/setup/sign-in/$id" params={{ id: p.id }} className="name">
                {p.name}
              </Link>
            ),
          },
          { label: "Issuer", show: (p) => p.issuer },
          {
            label: "State",
            show: (p) => (
              <Badge color={p.enabled ? "green" : "gray"} variant="light">
                {p.enabled ? "On" : "Off"}
              </Badge>
            ),
          },
        ]}
      />
    </>
  );
}
