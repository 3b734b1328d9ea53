package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/store/outbox"
)

// Credentials can be entered and not read: they must not be sent to whoever
// changes the address to their own.
func TestSecurity_M2_SecretsDoNotFollowTheAddress(t *testing.T) {
	b := setup(t)
	secrets := obj{"channel_secret": "SEC-WRITE-ONLY"}
	made := b.post("/v1/accounts", b.admin, obj{"provider": "line", "name": "A", "base_url": "https://api.example.com",
		"workstream_id": b.site.Workstream, "settings": obj{"channel_id": "1234567890"}, "secrets": secrets}).is(201)
	path := "/v1/accounts/" + made.str("id")
	for _, in := range []obj{
		{"base_url": "https://attacker.example"}, {"base_url": "https://attacker.example", "secrets": obj{}},
		{"base_url": "https://api.example.com/other"}, {"base_url": ""},
	} {
		require.Equal(t, "secrets.channel_secret", b.patch(path, b.admin, in).problem(422, "invalid").str("errors.0.field"))
	}
	require.Equal(t, "https://api.example.com", b.get(path, b.admin).is(200).str("base_url"))
	b.patch(path, b.admin, obj{"base_url": "https://api.example.com", "name": "B"}).is(200) // the same one
	b.patch(path, b.admin, obj{"base_url": "https://api.example.org", "secrets": secrets}).is(200)
}

// What an administrator names is no way into the networks around the service.
func TestSecurity_M2_PrivateNetworksAreRefused(t *testing.T) {
	b := setup(t)
	for _, host := range []string{"169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "metadata.google.internal", "temporal:7233", "localhost", "127.0.0.2"} {
		for _, scheme := range []string{"http://", "https://"} {
			in := obj{"provider": "line", "name": "A", "base_url": scheme + host, "workstream_id": b.site.Workstream,
				"settings": obj{"channel_id": "1234567890"}, "secrets": obj{"channel_secret": "s"}}
			b.post("/v1/accounts", b.admin, in).problem(422, "invalid")
			b.post("/v1/webhooks", b.admin, obj{"name": "CRM", "url": scheme + host, "internal": true, "kinds": []string{outbox.EventConversation}}).problem(422, "invalid")
		}
		b.post("/v1/widgets", b.admin, obj{"name": "shop", "workstream_id": b.site.Workstream, "authentication": "required", "key_url": "https://" + host + "/keys"}).problem(422, "invalid")
	}
	b.post("/v1/webhooks", b.admin, obj{"name": "CRM", "url": "http://127.0.0.1:8080", "internal": true, "kinds": []string{outbox.EventConversation}}).is(201)
}
