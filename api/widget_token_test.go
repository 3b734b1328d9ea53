package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// An administrator is told why a token of their site would be refused; nobody is
// signed in, and nothing of the token is kept.
func TestWidgets_TokensAreTested(t *testing.T) {
	c := setupChat(t, "persistent")
	site, other := newSigner(t), newSigner(t)
	c.makeWidget(obj{"authentication": "required", "public_key": site.pem})
	path := "/v1/widgets/" + c.widget
	test := func(token string) answer { return c.post(path+"/test-token", c.admin, obj{"token": token}).is(200) }
	soon := c.clock.now().Add(30 * time.Minute)
	token := site.token(t, "u1", soon)

	good := test(token)
	require.Equal(t, true, good.get("ok"))
	require.Equal(t, "", good.str("reason"))
	require.Equal(t, "u1", good.str("subject"))
	require.Equal(t, "Sam", good.str("name"))
	require.Equal(t, []any{"orderId"}, good.get("context"))
	require.Zero(t, c.count(`SELECT count(*) FROM visitor`))
	require.NotContains(t, c.log.String(), token)

	for token, reason := range map[string]string{
		other.token(t, "u1", soon): "its signature does not match", site.token(t, "u1", c.clock.now().Add(-time.Hour)): "it has expired",
		"x": "it is malformed", site.token(t, " ", soon): "it does not say who it is about",
	} {
		got := test(token)
		require.Equal(t, false, got.get("ok"))
		require.Equal(t, reason, got.str("reason"))
		require.Nil(t, got.get("expires_at"))
	}
	c.post(path+"/test-token", c.admin, obj{}).problem(422, "invalid")
	c.post("/v1/widgets/"+uuid.NewString()+"/test-token", c.admin, obj{"token": "x"}).problem(404, "not_found")
}

// One field of the look changes alone.
func TestWidgets_AppearanceIsChangedByField(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`UPDATE workstream SET style = 'persistent'`)
	path := "/v1/widgets/" + b.post("/v1/widgets", b.admin, obj{"name": "Shop", "workstream_id": b.site.Workstream, "anonymous_threads": true,
		"appearance": obj{"title": "Ask us", "subtitle": "We answer at once"}}).is(201).str("id")
	got := b.patch(path, b.admin, obj{"appearance": obj{"color": "#123456", "subtitle": ""}}).is(200)
	require.Equal(t, "Ask us", got.str("settings.appearance.title"))
	require.Equal(t, "", got.str("settings.appearance.subtitle"))
	require.Equal(t, "#123456", got.str("settings.appearance.color"))
	require.Equal(t, "#ffffff", got.str("settings.appearance.text_color"))
	b.patch(path, b.admin, obj{"appearance": obj{"color": "blue"}}).problem(422, "invalid")
}

func TestAddresses_OneIsRead(t *testing.T) {
	b := setup(t)
	account := b.get("/v1/accounts", b.admin).is(200).str("items.0.id")
	path := "/v1/accounts/" + account + "/addresses/"
	id := b.get("/v1/accounts/"+account+"/addresses", b.admin).is(200).str("items.0.id")
	got := b.get(path+id, b.admin).is(200)
	require.Equal(t, id, got.str("id"))
	require.NotEmpty(t, got.Header().Get("ETag"))
	b.get(path+uuid.NewString(), b.admin).problem(404, "not_found")
	b.get("/v1/accounts/"+uuid.NewString()+"/addresses/"+id, b.admin).problem(404, "not_found")
}
