import { Alert, Button, Divider } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { answer, api } from "../api/client";

/** refusals say why somebody who came back from an identity provider is not signed in. */
const refusals: Record<string, string> = {
  expired: "That sign-in took too long or was used before. Try again.",
  cancelled: "Signing in was cancelled at your company account.",
  exchange: "Your company account did not accept Switchboard. Ask your administrator to check the client ID and secret.",
  token: "The answer of your company account could not be verified. Try again, or ask your administrator.",
  no_role: "Your company account gives you no role in Switchboard. Ask your administrator.",
  no_provider: "This way to sign in has been switched off.",
  away: "Your company account cannot be reached at the moment. Try again later.",
  disabled: "Your account in Switchboard has been disabled. Ask your administrator.",
  address_taken: "Somebody with your e-mail address is here already, but not from this company account. Ask your administrator.",
  not_added: "You have not been added to Switchboard yet. Ask your administrator.",
  no_address: "Your company account does not tell your e-mail address. Ask your administrator.",
};

/** useRefusal reads why signing in failed, once, from the address. */
function useRefusal(): string | undefined {
  const [reason] = useState(() => new URLSearchParams(location.search).get("sign_in"));
  useEffect(() => {
    if (reason !== null) history.replaceState(history.state, "", location.pathname);
  }, [reason]);
  return reason === null ? undefined : (refusals[reason] ?? "Signing in with your company account failed. Try again.");
}

/** SingleSignOn offers the identity providers on the sign-in page. */
export function SingleSignOn() {
  const refusal = useRefusal();
  const providers = useQuery({ queryKey: ["sign-in-choices"], queryFn: () => answer(api.GET("/v1/sso")), select: (p) => p.items });
  const here = location.pathname + location.hash;
  return (
    <>
      {refusal && (
        <Alert color="red" icon={<IconAlertCircle aria-hidden />} role="alert">
          {refusal}
        </Alert>
      )}
      {providers.data?.map((p) => (
        <Button key={p.id} component="a" variant="default" href={`/v1/sso/${p.id}/start?return_to=${encodeURIComponent(here)}`}>
          Continue with {p.name}
        </Button>
      ))}
      {providers.data && providers.data.length > 0 && <Divider label="or with a password" />}
    </>
  );
}
