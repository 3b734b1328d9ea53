package main

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// command runs a command line of the product on a database and returns what it prints.
func command(t *testing.T, db *storetest.DB, stdin string, args ...string) (string, error) {
	t.Helper()
	t.Setenv("SWITCHBOARD_KEY", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	t.Setenv("SWITCHBOARD_DATABASE_URL", db.DSN)
	var c cli
	k, err := kong.New(&c)
	require.NoError(t, err)
	_, err = k.Parse(append([]string{"password"}, args...))
	require.NoError(t, err)
	var out bytes.Buffer
	c.Password.in, c.Password.out = strings.NewReader(stdin), &out
	err = c.Password.Run(t.Context(), slog.New(slog.DiscardHandler))
	return out.String(), err
}

// The only administrator, who forgot the password and lost the phone, comes in again.
func TestPassword_LastAdministrator(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	admin, err := db.Admin.CreateAgent(ctx, auditdb.Actor{}, admindb.NewAgent{Name: "Administrator", Email: "Root@shop.example", Role: configdb.RoleAdministrator,
		PasswordHash: secret.HashPassword("a forgotten phrase"), Capacity: 1})
	require.NoError(t, err)
	require.NoError(t, db.Identity.BeginSecondFactor(ctx, admin.ID, []byte("lost")))
	require.NoError(t, db.Identity.ConfirmSecondFactor(ctx, identitydb.Origin{}, admin.ID, 1, [][]byte{{1}}, []byte{}))
	fits := func(password string) bool {
		known, err := db.Config.CredentialsOf(ctx, admin.Email)
		require.NoError(t, err)
		ok, err := secret.CheckPassword(known.Hash, password)
		require.NoError(t, err)
		return ok
	}

	_, err = command(t, db, "", "--email", "nobody@shop.example", "--public-url", "https://desk.example")
	require.ErrorContains(t, err, "nobody")
	_, err = command(t, db, "", "--email", "root@shop.example")
	require.ErrorContains(t, err, "SWITCHBOARD_PUBLIC_URL")
	printed, err := command(t, db, "", "--email", "root@shop.example", "--public-url", "https://desk.example/")
	require.NoError(t, err)
	link := regexp.MustCompile(`https://desk\.example/welcome#(swl_\S+)`).FindStringSubmatch(printed)
	require.Len(t, link, 2, printed)
	require.True(t, fits("a forgotten phrase"), "until the link is used")
	require.NoError(t, db.Identity.UseLink(ctx, identitydb.Origin{}, secret.HashToken(link[1]), secret.HashPassword("incorrect zebra")))
	require.True(t, fits("incorrect zebra"))

	_, err = command(t, db, "password123\n", "--email", "root@shop.example", "--stdin")
	require.ErrorContains(t, err, "common")
	printed, err = command(t, db, "correct horse battery\n", "--email", "root@shop.example", "--stdin", "--reset-second-factor")
	require.NoError(t, err)
	require.NotContains(t, printed, "horse")
	require.True(t, fits("correct horse battery"))
	factor, err := db.Identity.SecondFactorOf(ctx, admin.ID)
	require.NoError(t, err)
	require.Nil(t, factor.Secret)
}
